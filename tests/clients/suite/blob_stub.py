"""A stub of Azure Blob Storage: takes the token of a real tool, as the service would.

    stub = BlobStub(listener, certificate.context)
    stub.blobs["docs/a.txt"] = b"alpha"
    ...                                     # run the tool on <stub.url>/<account>/<container>
    stub.tokens                             # the bearer tokens that came, oldest first
    stub.close()

It answers what tools need to list, read, write and delete blobs, in one container, whatever account and container they name.
Accounts are named in the path (`https://host/account/container/blob`), or in the host if `account_in_path` is false. Requests
without a bearer token get 401, as do those whose token `accept` refuses.
"""

import base64
import hashlib
import re
import urllib.parse
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from suite.stub import Handler, Stub

# These do not matter to anybody, but must be there.
MODIFIED = "Thu, 01 Jan 2026 00:00:00 GMT"
REQUEST_ID = "00000000-0000-4000-8000-000000000000"

# What the service tells a tool that comes without a token.
CHALLENGE = (
    "Bearer authorization_uri=https://login.microsoftonline.com/11111111-1111-4111-8111-111111111111/oauth2/authorize"
    " resource_id=https://storage.azure.com"
)


class _Handler(Handler):
    def do_any(self):
        stub = self.server.stub
        authorization = self.note()
        body = self._body()
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
        parts = urllib.parse.unquote(url.path).lstrip("/").split("/", 2 if stub.account_in_path else 1)
        if stub.account_in_path:
            parts = parts[1:]
        name = parts[1] if len(parts) > 1 else ""
        if not authorization or not authorization.startswith("Bearer ") or not stub.accept(authorization[7:]):
            return self._refuse(401, "NoAuthenticationInformation", **{"WWW-Authenticate": CHALLENGE})
        if query.get("restype") == "account":
            return self._answer(200, **{"x-ms-sku-name": "Standard_LRS", "x-ms-account-kind": "StorageV2"})
        if not name:
            return self._container(parts[0] if parts else "", query)
        self._blob(name, query, body)

    do_GET = do_HEAD = do_PUT = do_DELETE = do_any

    def _container(self, container, query):
        if query.get("comp") != "list":
            return self._answer(201 if self.command == "PUT" else 200)
        if not container:
            names = "<Containers><Container><Name>container</Name><Properties/></Container></Containers>"
            return self._answer(200, _listing(names, self.server.stub.url))
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
        blobs, folders = [], set()
        for name, content in sorted(self.server.stub.blobs.items()):
            if not name.startswith(prefix):
                continue
            rest = name[len(prefix) :]
            if delimiter and delimiter in rest:
                folders.add(prefix + rest[: rest.index(delimiter) + 1])
                continue
            properties = {**_properties(content), "Content-Length": str(len(content)), "BlobType": "BlockBlob"}
            properties = "".join(f"<{key}>{escape(value)}</{key}>" for key, value in properties.items())
            blobs.append(f"<Blob><Name>{escape(name)}</Name><Properties>{properties}</Properties></Blob>")
        blobs += [f"<BlobPrefix><Name>{escape(name)}</Name></BlobPrefix>" for name in sorted(folders)]
        body = f"<Prefix>{escape(prefix)}</Prefix><Delimiter>{escape(delimiter)}</Delimiter><Blobs>{''.join(blobs)}</Blobs>"
        self._answer(200, _listing(body, self.server.stub.url))

    def _blob(self, name, query, body):
        stub = self.server.stub
        if self.command == "PUT":
            return self._put(name, query, body)
        if name not in stub.blobs:
            return self._refuse(404, "BlobNotFound")
        if self.command == "DELETE":
            del stub.blobs[name]
            return self._answer(202)
        content = stub.blobs[name]
        headers = {**_properties(content), "Accept-Ranges": "bytes", "x-ms-blob-type": "BlockBlob"}
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers["x-ms-range"] or self.headers["Range"] or "")
        if not wanted:
            return self._answer(200, content, **headers)
        first, last = int(wanted[1]), min(int(wanted[2] or len(content)), len(content) - 1)
        if first > last:
            return self._refuse(416, "InvalidRange")
        self._answer(206, content[first : last + 1], **{**headers, "Content-Range": f"bytes {first}-{last}/{len(content)}"})

    def _put(self, name, query, body):
        stub, part = self.server.stub, query.get("comp", "")
        if part == "block":
            stub.blocks[name, query["blockid"]] = body
        elif part == "blocklist":
            stub.blobs[name] = b"".join(stub.blocks[name, block.text] for block in ElementTree.fromstring(body))
        elif not part:
            stub.blobs[name] = body
        # The rest sets properties, tags or the tier of a blob: taken, and forgotten.
        self._answer(201 if part in ("", "block", "blocklist") else 200, Etag=_properties(body)["Etag"])

    def _body(self):
        if "chunked" not in (self.headers["Transfer-Encoding"] or "").lower():
            return self.rfile.read(int(self.headers["Content-Length"] or 0))
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def _refuse(self, status, code, **headers):
        body = f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code><Message>{code}.</Message></Error>'
        self._answer(status, body.encode(), **{"x-ms-error-code": code, **headers})

    def _answer(self, status, body=b"", **headers):
        self.send_response(status)
        defaults = {"x-ms-version": self.headers["x-ms-version"] or "2021-12-02", "x-ms-request-id": REQUEST_ID}
        if body.startswith(b"<?xml"):
            defaults["Content-Type"] = "application/xml"
        for header, value in {"Last-Modified": MODIFIED, **defaults, **headers}.items():
            self.send_header(header, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


class BlobStub(Stub):
    handler = _Handler

    def __init__(self, listener, context=None, *, account_in_path=True, accept=lambda token: True):
        self.blobs = {}
        self.account_in_path = account_in_path
        self.accept = accept
        self.blocks = {}
        super().__init__(listener, context)


def _listing(inner, url):
    listing = f'<EnumerationResults ServiceEndpoint="{url}/">{inner}<NextMarker/></EnumerationResults>'
    return f'<?xml version="1.0" encoding="utf-8"?>{listing}'.encode()


def _properties(content):
    digest = hashlib.md5(content, usedforsecurity=False).digest()
    return {
        "Last-Modified": MODIFIED,
        "Etag": f'"0x{digest.hex()[:15].upper()}"',
        "Content-Type": "application/octet-stream",
        "Content-MD5": base64.b64encode(digest).decode(),
    }
