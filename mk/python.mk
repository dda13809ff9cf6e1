# The environment of the tests that are written in Python.

VENV := target/venv
REQUIREMENTS := tests/tools.txt tests/clients/python/requirements.txt tests/inject/requirements.txt \
	tests/image/requirements.txt tests/identity/requirements.txt docker/requirements.txt
$(STAMPS)/venv: $(REQUIREMENTS) | packages
	$(install-ensurepip)
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check $(REQUIREMENTS:%=--requirement %)
	@mkdir -p $(STAMPS) && touch $@
