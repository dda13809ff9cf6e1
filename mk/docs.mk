# The documentation: of the code, and of the programs.

.PHONY: docs
docs: packages ## API documentation, warnings denied
	RUSTDOCFLAGS="--deny warnings" cargo doc --no-deps --document-private-items

.PHONY: docs-test
docs-test: clients programs $(STAMPS)/deploy ## What README.md and docs/ say, tried out
	$(VENV)/bin/pytest -q -p no:cacheprovider --numprocesses 4 tests/docs
