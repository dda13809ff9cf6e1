"""Reads lists of arguments as JSON lines, and lets the Azure CLI's own parser judge each. Runs in the Azure CLI's environment."""

import contextlib
import io
import json
import sys

from azure.cli.core import get_default_cli
from azure.cli.core.commands.events import EVENT_INVOKER_POST_LOAD_ARGUMENTS, EVENT_INVOKER_PRE_LOAD_ARGUMENTS
from knack.events import EVENT_INVOKER_POST_CMD_TBL_CREATE


def parse(cli, arguments):
    classes = {"parser_cls": cli.parser_cls, "commands_loader_cls": cli.commands_loader_cls, "help_cls": cli.help_cls}
    cli.invocation = invocation = cli.invocation_cls(cli_ctx=cli, **classes)
    invocation.commands_loader.load_command_table(arguments)
    command = invocation._rudimentary_get_command(arguments)
    invocation.data["command_string"] = command
    invocation.commands_loader.command_name = command
    # Arguments that every command has, such as --subscription, come by these.
    cli.raise_event(EVENT_INVOKER_PRE_LOAD_ARGUMENTS, commands_loader=invocation.commands_loader)
    invocation.commands_loader.load_arguments(command)
    cli.raise_event(EVENT_INVOKER_POST_LOAD_ARGUMENTS, commands_loader=invocation.commands_loader)
    cli.raise_event(EVENT_INVOKER_POST_CMD_TBL_CREATE, commands_loader=invocation.commands_loader)
    invocation.parser.load_command_table(invocation.commands_loader)
    return invocation.parser.parse_args(arguments).command


def main():
    cli = get_default_cli()
    for line in sys.stdin:
        arguments = json.loads(line)
        said = io.StringIO()
        try:
            with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
                answer = {"command": parse(cli, arguments)}
        except SystemExit:
            answer = {"error": said.getvalue()}
        print(json.dumps(answer), flush=True)


main()
