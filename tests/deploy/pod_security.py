"""The Pod Security Standards, as far as the examples could break them. The rules for one container are those of tests/inject."""

from test_cross import restricted

HOST = ("hostNetwork", "hostPID", "hostIPC")
# What `restricted` lets pods mount.
VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}
# What `baseline` lets containers have added.
DEFAULT_CAPABILITIES = {
    "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP", "SETGID",
    "SETPCAP", "SETUID", "SYS_CHROOT",
}  # fmt: skip
# What a container has from its pod where it says nothing itself.
INHERITED = ("runAsUser", "runAsNonRoot", "seccompProfile")


def levels_broken(spec):
    """The rules that the pod breaks, by level."""
    of_the_pod = spec.get("securityContext") or {}
    containers = [container for key in ("initContainers", "containers") for container in spec.get(key) or []]
    baseline = [key for key in HOST if spec.get(key)]
    baseline += [volume["name"] for volume in spec.get("volumes") or [] if "hostPath" in volume]
    strict = [volume["name"] for volume in spec.get("volumes") or [] if not VOLUMES & volume.keys()]
    for container in containers:
        own = container.get("securityContext") or {}
        context = {**{key: of_the_pod[key] for key in INHERITED if key in of_the_pod}, **own}
        added = set(context.get("capabilities", {}).get("add", []))
        if context.get("privileged") or not added <= DEFAULT_CAPABILITIES:
            baseline.append(container["name"])
        baseline += [port for port in container.get("ports", []) if port.get("hostPort")]
        strict += [(container["name"], rule) for rule in restricted({**container, "securityContext": context})]
    return {"privileged": [], "baseline": baseline, "restricted": baseline + strict}
