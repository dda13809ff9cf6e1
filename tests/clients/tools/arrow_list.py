"""Lists a container by Arrow's file system, as a program does that uses Arrow: arrow_list.py [CLIENT-ID]."""

import sys

from pyarrow import fs

chosen = {"client_id": sys.argv[1]} if len(sys.argv) > 1 else {}
for found in fs.AzureFileSystem("account", **chosen).get_file_info(fs.FileSelector("container")):
    print(found.base_name)
