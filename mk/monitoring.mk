# What is in deploy/monitoring, its tests, and what they need. Reads python.mk, deploy.mk and rust.mk.

.PHONY: monitoring
monitoring: $(addprefix $(STAMPS)/,venv deploy) ## Write rules, monitors and dashboards in deploy/monitoring anew
	$(VENV)/bin/python mk/monitoring.py .

.PHONY: monitoring-picture
monitoring-picture: programs $(addprefix $(STAMPS)/,venv prometheus) ## Draw docs/pictures/dashboard.svg anew, from two minutes of a small fleet
	PYTHONPATH=tests/monitoring:tests/clients $(VENV)/bin/python tests/monitoring/picture.py docs/pictures/dashboard.svg

.PHONY: monitoring-test
monitoring-test: programs $(addprefix $(STAMPS)/,venv deploy prometheus) ## Alerts fire and stay silent; dashboards have data; Prometheus reads a real wisp
	$(NICE) $(VENV)/bin/pytest -q -p no:cacheprovider tests/monitoring

# Prometheus and promtool, unpacked and not installed, which would start it.
$(STAMPS)/prometheus: | packages
	@mk/apt.sh
	rm -rf target/prometheus && mkdir -p target/prometheus
	cd target/prometheus && flock $(CURDIR)/$(STAMPS)/apt.lock apt-get download -qq -o APT::Sandbox::User=root prometheus && dpkg-deb --extract prometheus_*.deb .
	rm target/prometheus/*.deb
	@mkdir -p $(STAMPS) && touch $@
