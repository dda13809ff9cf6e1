"""Plays google-auth: Google's cloud trusts a token of Azure, and the file that Google makes for this says where the token is.

Such a file is made by `gcloud iam workload-identity-pools create-cred-config --azure`; the header's spelling is Google's.
"""

import os

from driver import Sync, main
from google.auth import identity_pool
from google.auth.transport.requests import Request

IMDS = "http://169.254.169.254"
PARAMETERS = {"client_id": "client_id", "object_id": "object_id", "resource_id": "msi_res_id"}


class Google(Sync):
    def create(self, kind, identity):
        return "".join(f"&{PARAMETERS[name]}={value}" for name, value in (identity or {}).items())

    def get(self, chosen, resource):
        host = os.environ.get("CREDENTIAL_SOURCE_HOST", IMDS)
        source = {
            "url": f"{host}/metadata/identity/oauth2/token?api-version=2018-02-01&resource={resource}{chosen}",
            "headers": {"Metadata": "True"},
            "format": {"type": "json", "subject_token_field_name": "access_token"},
        }
        credentials = identity_pool.Credentials.from_info(
            {
                "type": "external_account",
                "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/azure",
                "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
                "token_url": "https://sts.googleapis.com/v1/token",
                "credential_source": source,
            }
        )
        return {"token": credentials.retrieve_subject_token(Request())}


main(Google())
