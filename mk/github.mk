# What GitHub reads, checked. Reads go.mk.

ACTIONLINT := target/actionlint
$(STAMPS)/actionlint: tests/github/go.mod tests/github/go.sum $(STAMPS)/go-wheel
	env $(GO_ENV) $(GO) build -C tests/github -o $(CURDIR)/$(ACTIONLINT) github.com/rhysd/actionlint/cmd/actionlint
	@mkdir -p $(STAMPS) && touch $@

.PHONY: workflows
workflows: $(STAMPS)/actionlint ## The workflows in .github, linted
	$(ACTIONLINT) -shellcheck= -pyflakes= .github/workflows/*.yml
