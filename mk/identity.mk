# The tests of what wispctl writes for Azure. Reads python.mk, clients.mk and rust.mk.

.PHONY: identity-test
identity-test: programs $(STAMPS)/venv $(STAMPS)/az ## What wispctl writes for Azure: scripts run, and read by the Azure CLI's own parser; Bicep and Terraform parsed
	$(NICE) $(VENV)/bin/pytest -q -p no:cacheprovider tests/identity
