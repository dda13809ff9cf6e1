# The documentation: of the code, and of the programs. Reads python.mk, clients.mk, deploy.mk and rust.mk.

.PHONY: docs
docs: packages book ## API documentation, warnings denied, and the book of all pages, target/book/html
	RUSTDOCFLAGS="--deny warnings" cargo doc --no-deps --document-private-items

# Laid out as in the repository, but for the table of contents, which mdBook wants at the top.
BOOK := target/book
.PHONY: book
book: $(STAMPS)/venv
	rm -rf $(BOOK) && mkdir -p $(BOOK)/src
	cp --parents --recursive *.md LICENSE-* docs deploy tests/*/README.md $(BOOK)/src
	mv $(BOOK)/src/docs/book.toml $(BOOK)
	sed 's#](\([a-z]\)#](docs/\1#; s#](\.\./#](#' $(BOOK)/src/docs/SUMMARY.md > $(BOOK)/src/SUMMARY.md && rm $(BOOK)/src/docs/SUMMARY.md
	MDBOOK_LOG=warn $(VENV)/bin/mdbook build $(BOOK)

.PHONY: docs-test
docs-test: clients programs book $(STAMPS)/deploy ## What README.md and docs/ say, tried out
	$(VENV)/bin/pytest -q -p no:cacheprovider --numprocesses 4 tests/docs
