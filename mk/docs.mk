# The documentation: of the code, and of the programs. Reads python.mk, clients.mk, deploy.mk, image-test.mk and rust.mk.

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

# Pictures are drawn from texts, by a program that comes from npm and gives the same bytes everywhere.
AASVG := target/aasvg
AASVG_MANIFESTS := $(addprefix tests/docs/,package.json package-lock.json .npmrc)
$(STAMPS)/aasvg: $(AASVG_MANIFESTS) | $(STAMPS)/javascript
	rm -rf $(AASVG) && mkdir -p $(AASVG) && cp $(AASVG_MANIFESTS) $(AASVG)
	cd $(AASVG) && $(NPM) ci --silent --cache $(CURDIR)/target/cache/npm
	@mkdir -p $(STAMPS) && touch $@

.PHONY: pictures
pictures: $(STAMPS)/aasvg ## Draw the pictures in docs/pictures anew from their texts
	for text in docs/pictures/*.txt; do \
		$(firstword $(NPM)) $(AASVG)/node_modules/.bin/aasvg compatible backdrop < $$text > $${text%.txt}.svg; \
	done

.PHONY: docs-test
docs-test: clients programs image-test-packages book $(addprefix $(STAMPS)/,deploy aasvg) ## What README.md and docs/ say, tried out
	$(VENV)/bin/pytest -q -p no:cacheprovider --numprocesses 4 tests/docs
