//! What is added to a pod: our containers and volumes, and (`application`) the variables of the others. This is the one
//! description of it.

mod application;

use serde_json::{Map, Value, json};

use super::{
    checks::passthrough,
    options::{ADMIN_PORT, IdentityField, Mode, Options, Sidecar, TOKEN_PORT},
    resources::resources,
    settings,
};
use crate::settings::keys;

pub(crate) use application::{NO_PROXY, direct, variables};

/// The sidecar.
pub(crate) const SIDECAR: &str = "wisp";
/// The init container that redirects.
pub(crate) const INIT: &str = "wisp-init";
/// The init container that checks what the sidecar is given.
pub(crate) const CHECK: &str = "wisp-check";
/// All of our containers.
pub(crate) const CONTAINERS: [&str; 3] = [SIDECAR, INIT, CHECK];
/// The volume with the sidecar's own token.
pub(crate) const VOLUME: &str = "wisp-token";
/// All of our volumes.
pub(crate) const VOLUMES: [&str; 2] = [VOLUME, settings::additions::FILES];

/// The program in the image.
const PROGRAM: &str = "/wisp";
/// Where the sidecar mounts its own token. Not where the webhook mounts its one, so that both may be there.
const TOKEN_FOLDER: &str = "/var/run/secrets/wisp";
const TOKEN_FILE: &str = "azure-identity-token";

/// What wisp has in its own container, where nothing else may be mounted.
pub(crate) const FOLDERS: [&str; 3] = [PROGRAM, TOKEN_FOLDER, settings::additions::FOLDER];

/// Containers of meshes, which need no tokens from wisp and must not be sent through a proxy.
pub(crate) const MESH_CONTAINERS: [&str; 8] = [
    "istio-proxy",
    "istio-init",
    "istio-validation",
    "enable-core-dump",
    "linkerd-proxy",
    "linkerd-init",
    "linkerd-network-validator",
    "linkerd-debug",
];

/// The sysctl with the first port that needs no privilege. The metadata service's own port is 80.
pub(crate) const FIRST_PORT: &str = "net.ipv4.ip_unprivileged_port_start";
/// What it has to be for the address on `lo`.
pub(crate) const IMDS_PORT: u16 = 80;

/// How long the next container waits for the sidecar to start before the kubelet is told that it did not.
const START: &str = "60s";
/// Where the kubelet finds the reason of an end that was no success, so that `kubectl describe` tells it: wisp writes it as its
/// last log line.
const MESSAGE: &str = "FallbackToLogsOnError";
/// What the kubelet gives a pod to end when the pod does not say, in seconds.
const GRACE: u64 = 30;
/// What of that is left for the end of wisp itself, which takes two seconds.
const GRACE_KEPT: u64 = 3;
/// The most that `WISP_LINGER` takes, in seconds.
const LONGEST_LINGER: u64 = 86_400;

/// What the kubelet gives a probe, in seconds. Its default of one is too little for a process that shares a busy node's CPU.
const PROBE_TIMEOUT: u32 = 3;

/// What a wisp that hangs has to end, in seconds. The kubelet would give it what the pod has.
const HANGING_GRACE: u32 = 5;

/// The init container of the pod with this `spec`.
pub(crate) fn init(options: &Options, spec: &Value) -> Value {
    let mut args = vec!["redirect".to_owned(), "--mode".to_owned(), options.redirect.name().to_owned()];
    if options.token_port != TOKEN_PORT {
        args.extend(["--port".to_owned(), options.token_port.to_string()]);
    }
    if passthrough::is_set(options) {
        args.extend(["--passthrough-uid".to_owned(), options.user.to_string()]);
    }
    json!({
        "name": INIT,
        "image": options.image,
        "command": [PROGRAM],
        "args": args,
        "env": [
            {"name": "WISP_POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
            {"name": "WISP_HOST_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.hostIP"}}},
        ],
        "resources": resources(options, spec),
        "terminationMessagePolicy": MESSAGE,
        "securityContext": security(options.user + 1, &["NET_ADMIN"]),
    })
}

/// The sidecar of the pod with this `spec`; `own_token` mounts [`volume`] into it.
pub(crate) fn sidecar(options: &Options, own_token: bool, spec: &Value) -> Value {
    let mut env = Vec::new();
    for field in options.identity() {
        env.extend(variable_of(field, options.config_map.as_deref()));
    }
    if own_token {
        let file = format!("{TOKEN_FOLDER}/{TOKEN_FILE}");
        env.push(json!({"name": "AZURE_FEDERATED_TOKEN_FILE", "value": file}));
    }
    if options.token_port != TOKEN_PORT {
        let port = options.token_port;
        env.push(json!({"name": "WISP_LISTEN", "value": format!("127.0.0.1:{port},[::1]:{port}")}));
    }
    env.extend(settings::identities::variable(&settings::identities::ports(options, spec)));
    if options.admin_port != ADMIN_PORT {
        env.push(json!({"name": "WISP_ADMIN_LISTEN", "value": format!("[::]:{}", options.admin_port)}));
    }
    if let Some(verify) = &options.verify
        && options.settings.get(&keys::VERIFY).is_none()
    {
        env.push(json!({"name": "WISP_VERIFY", "value": verify}));
    }
    if options.mode == Mode::Env
        && options
            .variables
            .iter()
            .any(|variables| variables.has_secret())
    {
        env.push(pod_uid("WISP_IDENTITY_HEADER"));
    }
    if options.sidecar == Sidecar::Container && options.settings.get(&keys::LINGER).is_none() {
        env.extend(linger(spec));
    }
    let taken = options.taken.clone().unwrap_or_default();
    env.extend(taken.variables);
    env.extend(settings::additions::variables(options));
    let mut container = json!({
        "name": SIDECAR,
        "image": options.image,
        "command": [PROGRAM],
        "args": ["serve"],
        "ports": [{"name": "wisp-admin", "containerPort": options.admin_port, "protocol": "TCP"}],
        // The kubelet starts no container after this one before that has ended. A startup probe would do the same for a native
        // sidecar, but the kubelet looks at those once a second.
        "lifecycle": {"postStart": {"exec": {"command": [PROGRAM, "probe", "started", "--wait", START]}}},
        "readinessProbe": probe("ready", 10),
        "livenessProbe": liveness(),
        "resources": resources(options, spec),
        "terminationMessagePolicy": MESSAGE,
        "securityContext": security(options.user, &[]),
    });
    let mut add = |key: &str, value: Value| {
        if let Some(map) = container.as_object_mut() {
            map.insert(key.to_owned(), value);
        }
    };
    if !env.is_empty() {
        add("env", Value::Array(env));
    }
    let sources = settings::additions::sources(options);
    if !sources.is_empty() {
        add("envFrom", Value::Array(sources));
    }
    if options.sidecar == Sidecar::Native {
        add("restartPolicy", json!("Always"));
    }
    let token = own_token.then(|| json!({"name": VOLUME, "mountPath": TOKEN_FOLDER, "readOnly": true}));
    let mounts: Vec<_> = token
        .into_iter()
        .chain(settings::additions::mount(options))
        .chain(taken.mounts)
        .collect();
    if !mounts.is_empty() {
        add("volumeMounts", Value::Array(mounts));
    }
    container
}

/// Whether the pod with this `spec` has a container that checks what the native sidecar is given. Where the kubelet restarts
/// nothing else, it restarts a sidecar for ever, and a Job waits with it; an init container that fails ends the pod.
pub(crate) fn is_checked(options: &Options, spec: &Value) -> bool {
    options.sidecar == Sidecar::Native && spec.get("restartPolicy") == Some(&json!("Never"))
}

/// The container that checks what `sidecar` is given: the same variables and files, and an end.
pub(crate) fn check(sidecar: &Value) -> Value {
    const OF_WHAT_STAYS: [&str; 5] =
        ["ports", "lifecycle", "readinessProbe", "livenessProbe", "restartPolicy"];
    let mut check = sidecar.clone();
    if let Some(map) = check.as_object_mut() {
        map.retain(|key, _| !OF_WHAT_STAYS.contains(&key.as_str()));
        map.insert("name".to_owned(), json!(CHECK));
        map.insert("args".to_owned(), json!(["serve", "--check"]));
    }
    check
}

/// The volume with the sidecar's own token.
pub(crate) fn volume(options: &Options) -> Value {
    json!({
        "name": VOLUME,
        "projected": {"sources": [{"serviceAccountToken": {
            "audience": options.audience(),
            "expirationSeconds": options.token_lifetime,
            "path": TOKEN_FILE,
        }}]},
    })
}

/// What has to be in the pod's `securityContext.sysctls` for the address on `lo`.
pub(crate) fn sysctl() -> Value {
    json!({"name": FIRST_PORT, "value": IMDS_PORT.to_string()})
}

/// What the kubelet gives the pod with this `spec` to end, and how long of it an ordinary sidecar goes on answering, in seconds.
/// The application may be told to end later than wisp, where it has a `preStop` hook, and never has longer than that.
pub(super) fn grace_and_linger(spec: &Value) -> (u64, u64) {
    let grace = spec
        .get("terminationGracePeriodSeconds")
        .and_then(Value::as_u64)
        .unwrap_or(GRACE);
    (grace, grace.saturating_sub(GRACE_KEPT).min(LONGEST_LINGER))
}

/// How long an ordinary sidecar goes on after the SIGTERM that the application gets at the same time.
fn linger(spec: &Value) -> Option<Value> {
    let (_, left) = grace_and_linger(spec);
    (left > 0).then(|| json!({"name": "WISP_LINGER", "value": format!("{left}s")}))
}

/// The variable for a part of the identity, if anything says what it is.
fn variable_of(field: IdentityField<'_>, config_map: Option<&str>) -> Option<Value> {
    let name = field.variable;
    let Some(config_map) = config_map else {
        return field
            .value
            .map(|value| json!({"name": name, "value": value}));
    };
    let mut key = json!({"name": config_map, "key": name});
    if !field.required
        && let Some(key) = key.as_object_mut()
    {
        key.insert("optional".to_owned(), json!(true));
    }
    Some(json!({"name": name, "valueFrom": {"configMapKeyRef": key}}))
}

/// A secret that the containers of one pod share and that differs from pod to pod.
fn pod_uid(name: &str) -> Value {
    json!({"name": name, "valueFrom": {"fieldRef": {"fieldPath": "metadata.uid"}}})
}

/// Nobody waits for a wisp that hangs: it heeds no signal, and the pod may have hours to end.
fn liveness() -> Value {
    let mut probe = probe("live", 30);
    if let Some(probe) = probe.as_object_mut() {
        probe.insert("terminationGracePeriodSeconds".to_owned(), json!(HANGING_GRACE));
    }
    probe
}

fn probe(check: &str, period: u32) -> Value {
    json!({
        "exec": {"command": [PROGRAM, "probe", check]},
        "periodSeconds": period,
        "timeoutSeconds": PROBE_TIMEOUT,
        "failureThreshold": 3,
    })
}

fn security(uid: u32, capabilities: &[&str]) -> Value {
    let mut granted = Map::from_iter([("drop".to_owned(), json!(["ALL"]))]);
    if !capabilities.is_empty() {
        granted.insert("add".to_owned(), json!(capabilities));
    }
    json!({
        "runAsUser": uid,
        "runAsGroup": uid,
        "runAsNonRoot": true,
        "privileged": false,
        "allowPrivilegeEscalation": false,
        "readOnlyRootFilesystem": true,
        "capabilities": granted,
        "seccompProfile": {"type": "RuntimeDefault"},
    })
}
