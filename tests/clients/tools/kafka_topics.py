"""Lists the topics of a broker, as an application does that logs in as a managed identity.

kafka_topics.py ADDRESS QUERY [URL]
"""

import sys

from confluent_kafka.admin import AdminClient

SECONDS = 60

address, query, *url = sys.argv[1:]
settings = {
    "bootstrap.servers": address,
    "security.protocol": "SASL_PLAINTEXT",
    "sasl.mechanism": "OAUTHBEARER",
    "sasl.oauthbearer.method": "oidc",
    "sasl.oauthbearer.metadata.authentication.type": "azure_imds",
    "sasl.oauthbearer.config": f"query={query}",
    **({"sasl.oauthbearer.token.endpoint.url": url[0]} if url else {}),
}
AdminClient(settings).list_topics(timeout=SECONDS)
