"""C: librdkafka, which logs in to a broker, and Microsoft's ODBC driver, which logs in to Azure SQL: both are stubs."""

import pathlib
import re
import subprocess

from suite.client import APP_SERVICE, REDIRECT, STATUS, Client, Wait, Way, ways
from suite.driver import PATIENCE
from tools.packages import ODBC_DRIVER, ODBC_LIBRARIES, PYTHON, environment, version
from tools.services import SQL_HOST, kafka, sql_database
from tools.tds_stub import RESOURCE

TOOLS = pathlib.Path(__file__).resolve().parents[1] / "tools"

IMDS = "/metadata/identity/oauth2/token"
PARAMETERS = {"client_id": "client_id", "object_id": "object_id", "resource_id": "msi_res_id"}


# librdkafka, told all of a request by its configuration.

# It tries again for as long as it lives; what it logs of a failure is what a user reads.
FAILED = re.compile(r"Failed to retrieve OIDC token.*")


def log_in_to_kafka(tool, resource, identity):
    chosen = "".join(f"&{PARAMETERS[name]}={value}" for name, value in (identity or {}).items())
    with kafka(tool.make_socket) as stub:
        told = ["{}:{}".format(*stub.address), f"api-version=2018-02-01&resource={resource}{chosen}"]
        told += filter(None, [tool.environment.get("TOKEN_ENDPOINT")])
        command = tool.command([PYTHON, str(TOOLS / "kafka_topics.py"), *told])
        with subprocess.Popen(command, env=tool.environment | environment(), stderr=subprocess.PIPE, text=True) as process:
            said = ""
            for line in process.stderr:
                said += line
                if FAILED.search(line):
                    process.kill()
                    return None, said
        return (stub.tokens[-1], None) if process.returncode == 0 else (None, said)


ENDPOINT_URL = Way(
    dialect="IMDS",
    point="`sasl.oauthbearer.token.endpoint.url`",
    environment=lambda url: {"TOKEN_ENDPOINT": f"{url}{IMDS}"},
)

DEAF = "It asks again after five seconds, but does not take the token that comes then; ten seconds later it asks once more."

KAFKA = Client(
    name="confluent-kafka (librdkafka)",
    language="C",
    version=version("confluent-kafka"),
    way=REDIRECT,
    run=log_in_to_kafka,
    caches=False,
    concurrent=5,
    outage=Wait(at_least=2.0),
    throttled=Wait(at_least=2.0),
    deaf=True,
    env=None,
    notes={"outage": DEAF, "throttled": DEAF},
)


# Microsoft's ODBC driver.

# Its own is fifteen.
LOGIN_SECONDS = 8


def log_in_to_sql(tool, resource, identity):
    with sql_database(tool.make_socket) as (stub, variables):
        wanted = {
            "Driver": ODBC_DRIVER,
            "Server": "{},{}".format(*stub.address),
            "HostNameInCertificate": SQL_HOST,
            "Encrypt": "strict",
            "Authentication": "ActiveDirectoryMSI",
            **({"UID": next(iter(identity.values()))} if identity else {}),
        }
        text = "".join(f"{name}={value};" for name, value in wanted.items())
        done = subprocess.run(
            tool.command([PYTHON, str(TOOLS / "odbc_connect.py"), text, str(LOGIN_SECONDS)]),
            env=tool.environment | variables | {"LD_LIBRARY_PATH": ODBC_LIBRARIES},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        return (stub.tokens[-1], None) if done.returncode == 0 else (None, done.stderr)


UID = "By `UID` of the connection string, which is an object id at IMDS and a client id in App Service."
INSISTS = (
    "It asks four times within four seconds, and fails when its login time-out is over, with the first 400 letters of the "
    "answer: its number is among them, the fix is not."
)

ODBC = Client(
    name="ODBC Driver for SQL Server",
    language="C",
    version=version("mssql-python-odbc"),
    way=REDIRECT,
    run=log_in_to_sql,
    identities=("object_id",),
    resources=(RESOURCE,),
    caches=False,
    concurrent=5,
    insists=4,
    fails_after=LOGIN_SECONDS + 4,
    outage=Wait(at_least=0.5),
    throttled=Wait(at_least=0.5),
    permanent=STATUS,
    notes={"identities": UID, "permanent": INSISTS},
)

CLIENTS = [*ways(KAFKA, (ENDPOINT_URL, {})), *ways(ODBC, (APP_SERVICE, {"identities": ("client_id",)}))]
