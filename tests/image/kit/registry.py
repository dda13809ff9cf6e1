"""A registry for images, as Debian ships it, with one folder to keep them in."""

import re
import subprocess

from kit.storage import ROOT

PROGRAM = ROOT / "target/registry/usr/bin/docker-registry"
CONFIGURATION = """
version: 0.1
log: {{accesslog: {{disabled: true}}, formatter: text}}
storage: {{filesystem: {{rootdirectory: {folder}}}}}
http: {{addr: "127.0.0.1:0"}}
"""


class Registry:
    def __init__(self, folder):
        config = folder / "registry.yml"
        config.write_text(CONFIGURATION.format(folder=folder / "images"))
        self.process = subprocess.Popen([PROGRAM, "serve", config], stderr=subprocess.PIPE, text=True)
        found = None
        for line in self.process.stderr:
            if found := re.search(r"listening on (127\.0\.0\.1:\d+)", line):
                break
        assert found, f"the registry ended with {self.process.wait()}"
        self.address = found[1]

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stderr.close()
