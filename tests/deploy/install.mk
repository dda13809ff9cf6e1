# What the tests of deploy/ need, below target/; read by the Makefile at the top.

DEPLOY_TOOLS := target/deploy
$(STAMPS)/deploy: tests/deploy/tools.txt tests/deploy/unpack.py | $(STAMPS)/venv
	rm -rf $(DEPLOY_TOOLS) && mkdir -p $(DEPLOY_TOOLS)
	$(VENV)/bin/pip download --quiet --disable-pip-version-check --no-deps --require-hashes --dest $(DEPLOY_TOOLS)/wheels --requirement $<
	$(VENV)/bin/python tests/deploy/unpack.py $(DEPLOY_TOOLS)/wheels $(DEPLOY_TOOLS)/bin
	rm -r $(DEPLOY_TOOLS)/wheels
	@mkdir -p $(STAMPS) && touch $@
