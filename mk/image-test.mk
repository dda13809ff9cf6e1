# The tests of the images, and what they need. Reads image.mk and python.mk, and takes what is unpacked for the clients.

# buildah builds, podman and runc run, skopeo copies.
IMAGE_TEST_PACKAGES := buildah:buildah podman:podman skopeo:skopeo getcap:libcap2-bin runc:runc \
	ip:iproute2 nft:nftables nsenter:util-linux
.PHONY: image-test-packages image-test
image-test-packages: packages
	$(call install-missing,$(IMAGE_TEST_PACKAGES))
image-test: image-root image-test-packages $(addprefix $(STAMPS)/,venv debian registry) ## The images as they ship: files, digest, capability, and whole pods of them; as root
	$(VENV)/bin/pytest -q -p no:cacheprovider -o tmp_path_retention_policy=none -o tmp_path_retention_count=0 tests/image

# Unpacked and not installed, which would start it.
$(STAMPS)/registry: | packages
	@mk/apt.sh
	rm -rf target/registry && mkdir -p target/registry
	cd target/registry && flock $(CURDIR)/$(STAMPS)/apt.lock apt-get download -qq -o APT::Sandbox::User=root docker-registry && dpkg-deb --extract docker-registry_*.deb .
	@mkdir -p $(STAMPS) && touch $@

.PHONY: image-proof
image-proof: image-root ## The build stage itself, on a home-made base: the image must come out the same; takes minutes
	$(call install-missing,buildah:buildah debootstrap:debootstrap)
	$(SUDO) tests/image/whole.sh target/image-whole
