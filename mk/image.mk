# The images and what is in them. Reads release.mk, and nothing of the tests: the build stage of docker/Dockerfile makes `image-root`.

# A folder for each image with its files as they are in it, and `sbom` with a bill of materials for each. The webhook of Azure
# workload identity has its proxy run `/proxy`.
IMAGE_ROOT := target/image
IMAGE_PACKAGES := setcap:libcap2-bin
IMAGE_VENV := target/image-tools
ROOTS := target/roots/certifi/cacert.pem

.PHONY: image-root
image-root: release wispctl-release $(STAMPS)/image-tools ## What goes into the images, below target/image
	$(call install-missing,$(IMAGE_PACKAGES))
	rm -rf $(IMAGE_ROOT)
	install -d -m 755 $(IMAGE_ROOT)/sbom
	$(call lay-out,wisp,target/$(HOST)/release,$(WISP_BUILD),$(WISP_FEATURES))
	ln -s wisp $(IMAGE_ROOT)/wisp/proxy
	$(call lay-out,wispctl,target/$(HOST)/release,$(WISPCTL_BUILD),$(WISPCTL_FEATURES))
	$(SUDO) env PATH="$$PATH:/usr/sbin:/sbin" setcap cap_net_admin=p $(IMAGE_ROOT)/wisp/wisp

# The files of one image, and their bill: cargo says what it linked when it finds that there is nothing to do.
define lay-out
	install -d -m 755 $(addprefix $(IMAGE_ROOT)/$(1),/ /etc /etc/ssl /etc/ssl/certs)
	install -m 755 $(2)/$(1) $(IMAGE_ROOT)/$(1)/$(1)
	install -m 644 $(ROOTS) $(IMAGE_ROOT)/$(1)/etc/ssl/certs/ca-certificates.crt
	$(3) --quiet --message-format json | $(IMAGE_VENV)/bin/python docker/sbom.py --binary $(2)/$(1) --target $(HOST) --features $(4) \
		--roots $(ROOTS) --roots-package "$$(sed -n 's/^\([a-z]*==[0-9.]*\) .*/\1/p' docker/roots.txt)" \
		--output $(IMAGE_ROOT)/sbom/$(1).cdx.json
endef

# Apart from the environment of the tests: the build needs little, and nothing that changes with them.
$(STAMPS)/image-tools: docker/requirements.txt docker/roots.txt | packages
	$(install-ensurepip)
	python3 -m venv --clear $(IMAGE_VENV)
	$(IMAGE_VENV)/bin/pip install --quiet --disable-pip-version-check --requirement docker/requirements.txt
	rm -rf target/roots
	$(IMAGE_VENV)/bin/pip install --quiet --disable-pip-version-check --no-deps --no-compile --require-hashes \
		--target target/roots --requirement docker/roots.txt
	@mkdir -p $(STAMPS) && touch $@

# Names for the images, and what builds them: the first of these that is there and works.
IMAGE ?= wisp:$(VERSION)
IMAGE_CTL ?= $(shell printf %s '$(IMAGE)' | sed 's/\(:[^:/]*\)\?$$/ctl\1/')
IMAGE_TOOL ?= $(firstword $(foreach tool,docker podman buildah,$(shell $(tool) info >/dev/null 2>&1 && echo $(tool))))
IMAGE_BUILD_docker := docker build --build-arg SOURCE_DATE_EPOCH=0
IMAGE_BUILD_podman := podman build --layers --timestamp 0
IMAGE_BUILD_buildah := buildah build --layers --timestamp 0
IMAGE_BUILD = $(IMAGE_BUILD_$(notdir $(IMAGE_TOOL))) $(IMAGE_FLAGS) --file docker/Dockerfile \
	--build-arg VERSION=$(VERSION) --build-arg REVISION=$(or $(shell git rev-parse HEAD 2>/dev/null),unknown)

.PHONY: image
image: ## Both images, by docker, podman or buildah (IMAGE_TOOL=), and their bills of materials in target/sbom
	@test -n "$(IMAGE_TOOL)" || { echo "none of docker, podman and buildah is here, or none works; name yours by IMAGE_TOOL="; exit 1; }
	$(IMAGE_BUILD) --target wisp --tag $(IMAGE) .
	$(IMAGE_BUILD) --target wispctl --tag $(IMAGE_CTL) .
	$(IMAGE_BUILD) --target sbom --output type=local,dest=target/sbom .
