# The environment of the tests that are written in Python.

VENV := target/venv
REQUIREMENTS := tests/tools.txt tests/clients/python/requirements.txt tests/inject/requirements.txt \
	tests/image/requirements.txt tests/identity/requirements.txt tests/monitoring/requirements.txt \
	tests/report/requirements.txt docker/requirements.txt
$(STAMPS)/venv: $(REQUIREMENTS) | packages
	$(install-ensurepip)
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check $(REQUIREMENTS:%=--requirement %)
	@mkdir -p $(STAMPS) && touch $@

.PHONY: python-lint
python-lint: $(STAMPS)/venv ## Names that nobody defines and imports that nobody uses, in all that is written in Python
	$(VENV)/bin/ruff check --quiet --no-cache --isolated --select E9,F,PLE docker mk tests
