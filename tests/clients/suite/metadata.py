"""The metadata service of a node: it hands out the node's own identity to everybody who asks."""

from suite.stub import Handler, Stub

TOKEN = "the identity of the node"


class Answers(Handler):
    def do_GET(self):
        self.note()
        body = f'{{"access_token":"{TOKEN}"}}'.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_PUT = do_HEAD = do_GET


class MetadataService(Stub):
    handler = Answers
