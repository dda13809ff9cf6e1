"""What the Prometheus operator makes of a PodMonitor, as far as ours goes: a job that discovers pods.

Debian's Prometheus has no discovery of Kubernetes built in. So a file has the same targets, with the same labels, as the role `pod` of
that discovery would find them, and the rest is what the operator writes.
"""

import json
import threading


def scrape_config(monitor, file, interval):
    """The job of a PodMonitor with one endpoint, with targets from a file. What it would not know how to follow is an error."""
    spec = monitor["spec"]
    (endpoint,) = spec["podMetricsEndpoints"]
    assert spec["namespaceSelector"] == {"any": True} and spec["selector"] == {}, "only a monitor of all pods"
    assert set(endpoint) == {"port", "path", "interval"}
    return {
        "job_name": "podMonitor",
        "scrape_interval": interval,
        "scrape_timeout": interval,
        "metrics_path": endpoint["path"],
        "file_sd_configs": [{"files": [str(file)], "refresh_interval": "1s"}],
        "relabel_configs": [
            {"action": "drop", "source_labels": ["__meta_kubernetes_pod_phase"], "regex": "(Failed|Succeeded)"},
            {"action": "keep", "source_labels": ["__meta_kubernetes_pod_container_port_name"], "regex": endpoint["port"]},
            copied("__meta_kubernetes_namespace", "namespace"),
            copied("__meta_kubernetes_pod_container_name", "container"),
            copied("__meta_kubernetes_pod_name", "pod"),
            {"target_label": "endpoint", "replacement": endpoint["port"]},
        ],
    }


def copied(source, target):
    return {"source_labels": [source], "target_label": target}


class Discovery:
    """Writes the targets of all pods into a file, again and again, as long as the block lasts."""

    def __init__(self, list_pods, file):
        self.list_pods, self.file = list_pods, file
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def __enter__(self):
        self.write()
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()

    def run(self):
        while not self.ended.wait(0.5):
            self.write()

    def write(self):
        """Whole, for whoever reads it meanwhile."""
        targets = [target for pod in self.list_pods() for target in targets_of(pod)]
        new = self.file.with_suffix(".new")
        new.write_text(json.dumps(targets))
        new.rename(self.file)


def targets_of(pod):
    """A target for each port of a pod that has an address; init containers are among its containers."""
    address = pod["status"].get("podIP")
    containers = [*pod["spec"]["containers"], *pod["spec"].get("initContainers", [])]
    for container in containers if address else []:
        for port in container.get("ports", []):
            labels = {
                "namespace": pod["metadata"]["namespace"],
                "pod_name": pod["metadata"]["name"],
                "pod_phase": pod["status"]["phase"],
                "pod_container_name": container["name"],
                "pod_container_port_name": port.get("name", ""),
            }
            yield {
                "targets": [f"{address}:{port['containerPort']}"],
                "labels": {f"__meta_kubernetes_{name}": value for name, value in labels.items()},
            }
