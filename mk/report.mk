# The tests of the report's page, and the browser that they need. Reads packages.mk, python.mk and rust.mk.

REPORT_TEST_PACKAGES := chromium-headless-shell:chromium-headless-shell
.PHONY: report-test-packages report-test
report-test-packages: packages
	$(call install-missing,$(REPORT_TEST_PACKAGES))
report-test: programs report-test-packages $(STAMPS)/venv ## The page of a migration in a real browser: nothing cut off, contrast, paper, no request; valid HTML
	$(NICE) $(VENV)/bin/pytest -q -p no:cacheprovider tests/report
