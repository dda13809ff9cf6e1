"""What an application types to get a token."""

from suite.namespace import IMDS

VAULT, STORAGE = "https://vault.azure.net", "https://storage.azure.com"
PATH = "/metadata/identity/oauth2/token?api-version=2018-02-01&resource="


def question(resource):
    """Of one that has the metadata service's address built in."""
    return f"wget -q -O - --header 'Metadata: true' 'http://{IMDS}{PATH}{resource}'"


ASK = question(VAULT)
HEADER = '--header "X-IDENTITY-HEADER: $IDENTITY_HEADER"'
ASK_BY = {
    "redirect": ASK,
    "env": f'wget -q -O - {HEADER} "$IDENTITY_ENDPOINT?api-version=2019-08-01&resource={VAULT}"',
    "http-proxy": ASK,
    "manual": ASK.replace(IMDS, "127.0.0.1:4254"),
}
"""In each mode; busybox reads `http_proxy`."""
