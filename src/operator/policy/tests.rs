use serde_json::Value;

use super::{Action, ApiVersion, Engine, GuardRail, OWN_NAMESPACE, Scope, guard_rail, injection};
use crate::operator::{
    inject::{
        Options,
        additions::{self, CONTAINERS},
        options::Mode,
    },
    manifest::values,
    workload::Selector,
};

fn scope() -> Scope {
    Scope {
        name: "wisp".to_owned(),
        own_namespace: OWN_NAMESPACE.to_owned(),
        namespaces: Selector::parse("").unwrap(),
    }
}

fn options(choices: &[(&str, &str)]) -> Options {
    let mut options = Options::default();
    for (name, value) in choices {
        options.set(name, value).unwrap();
    }
    options
}

/// The objects, by kind.
fn made(choices: &[(&str, &str)]) -> Vec<Value> {
    let text = injection(&options(choices), &[], &scope(), ApiVersion::V1, "the command").unwrap();
    text.split("---\n")
        .map(|text| values::read(text).unwrap().0)
        .collect()
}

fn variable<'a>(policy: &'a Value, name: &str) -> &'a str {
    let variables = policy["spec"]["variables"].as_array().unwrap();
    let found = variables.iter().find(|variable| variable["name"] == name);
    found.unwrap_or_else(|| panic!("no {name}"))["expression"]
        .as_str()
        .unwrap()
}

fn patch(policy: &Value) -> &str {
    policy["spec"]["mutations"][0]["jsonPatch"]["expression"]
        .as_str()
        .unwrap()
}

#[test]
fn each_mode_adds_what_the_model_adds() {
    for mode in Mode::ALL.map(Mode::name) {
        let objects = made(&[("mode", mode), ("config-map", "ids")]);
        let kinds: Vec<_> = objects
            .iter()
            .map(|object| object["kind"].as_str().unwrap())
            .collect();
        assert_eq!(
            kinds,
            [
                "MutatingAdmissionPolicy",
                "MutatingAdmissionPolicyBinding",
                "MutatingAdmissionPolicyBinding",
                "ValidatingAdmissionPolicy",
                "ValidatingAdmissionPolicyBinding",
                "ValidatingAdmissionPolicyBinding",
            ]
        );
        let policy = &objects[0];
        assert_eq!(patch(policy).contains("variables.init}"), mode == "redirect", "{mode}");
        for name in ["IDENTITY_HEADER", "http_proxy"] {
            let sets = additions::variables(Mode::parse(mode).unwrap(), 4254, &options(&[]).variables)
                .iter()
                .any(|variable| variable["name"] == name);
            assert_eq!(
                patch(policy).contains(&format!(
                    "'name': {}",
                    if name == "http_proxy" { "'http_proxy'" } else { "dyn('IDENTITY_HEADER')" }
                )),
                sets,
                "{mode} {name}"
            );
        }
        assert!(variable(policy, "record").contains(&format!("\"mode\":\"{mode}\"")));
        assert!(!variable(policy, "record").contains("written"));
        let sidecar = variable(policy, "sidecar");
        assert!(
            sidecar.contains("'restartPolicy': dyn('Always')") && sidecar.contains("dyn(variables.image)"),
            "{sidecar}"
        );
        assert!(
            !objects
                .iter()
                .any(|object| object.to_string().contains("invalid/placeholder"))
        );
    }
}

#[test]
fn what_depends_on_the_pod_is_a_choice() {
    let objects = made(&[("mode", "redirect"), ("tenant-id", "contoso.example")]);
    let policy = &objects[0];
    insta::assert_snapshot!(variable(policy, "clientId"), @r#"
    'wisp/client-id' in variables.annotations ? string(variables.annotations['wisp/client-id']) :
    'azure.workload.identity/client-id' in variables.annotations ? string(variables.annotations['azure.workload.identity/client-id']) :
    ''
    "#);
    insta::assert_snapshot!(variable(policy, "tenantId"), @r#"
    'wisp/tenant-id' in variables.annotations ? string(variables.annotations['wisp/tenant-id']) :
    'azure.workload.identity/tenant-id' in variables.annotations ? string(variables.annotations['azure.workload.identity/tenant-id']) :
    'contoso.example'
    "#);
    insta::assert_snapshot!(variable(policy, "tokenLifetime"), @r#"
    'wisp/token-lifetime' in variables.annotations ? int(variables.annotations['wisp/token-lifetime']) :
    'azure.workload.identity/service-account-token-expiration' in variables.annotations ? int(variables.annotations['azure.workload.identity/service-account-token-expiration']) :
    3600
    "#);
    insta::assert_snapshot!(variable(policy, "record"), @r#"
    variables.isLabelled
      ? '{"mode":"redirect","skipContainers":"' + variables.skipped.join(';') + '","version":"0.1.0"}'
      : '{"mode":"redirect","version":"0.1.0"}'
    "#);
    insta::assert_snapshot!(variable(policy, "skipped"), @r#"((variables.isLabelled ? variables.containers.map(c, c.name) + (variables.isLabelled ? ['wisp-init'] : []) : [])).filter(n, !(n in variables.skipListed))"#);
    insta::assert_snapshot!(variable(policy, "init"), @r#"
    {
      'args': dyn(['redirect', '--mode', 'auto']),
      'command': dyn(['/wisp']),
      'env': dyn([
        dyn({'name': dyn('WISP_POD_IP'), 'valueFrom': dyn({'fieldRef': dyn({'fieldPath': 'status.podIP'})})}),
        dyn({'name': dyn('WISP_HOST_IP'), 'valueFrom': dyn({'fieldRef': dyn({'fieldPath': 'status.hostIP'})})})
      ]),
      'image': dyn(variables.image),
      'name': dyn('wisp-init'),
      'resources': dyn({
        'limits': dyn((variables.isGuaranteed ? dyn({'cpu': '100m', 'memory': '32Mi'}) : dyn({'memory': '32Mi'}))),
        'requests': dyn({'cpu': (variables.isGuaranteed ? '100m' : '10m'), 'memory': (variables.isGuaranteed ? '32Mi' : '16Mi')})
      }),
      'securityContext': dyn({
        'allowPrivilegeEscalation': dyn(false),
        'capabilities': dyn({'add': dyn(['NET_ADMIN']), 'drop': dyn(['ALL'])}),
        'privileged': dyn(false),
        'readOnlyRootFilesystem': dyn(true),
        'runAsGroup': dyn(54255),
        'runAsNonRoot': dyn(true),
        'runAsUser': dyn(54255),
        'seccompProfile': dyn({'type': 'RuntimeDefault'})
      }),
      'terminationMessagePolicy': dyn('FallbackToLogsOnError')
    }
    "#);
    insta::assert_snapshot!(patch(policy), @r#"
    variables.errors.size() > 0 ? [] :
    (has(object.spec.initContainers) ? [] : [JSONPatch{op: 'add', path: '/spec/initContainers', value: dyn([])}])
    + [JSONPatch{op: 'add', path: '/spec/initContainers/0', value: variables.sidecar}]
    + [JSONPatch{op: 'add', path: '/spec/initContainers/0', value: variables.init}]
    + (variables.isNever ? [JSONPatch{op: 'add', path: '/spec/initContainers/0', value: variables.check}] : [])
    + (has(object.spec.volumes) ? [] : [JSONPatch{op: 'add', path: '/spec/volumes', value: dyn([])}])
    + (!variables.isLabelled ? [JSONPatch{op: 'add', path: '/spec/volumes/0', value: variables.tokenVolume}] : [])
    + (has(object.metadata.annotations) ? [] : [JSONPatch{op: 'add', path: '/metadata/annotations', value: dyn({})}])
    + [JSONPatch{op: 'add', path: '/metadata/annotations/wisp~1injected', value: dyn(variables.record)}]
    + (variables.skipped.size() > 0 ? [JSONPatch{op: 'add', path: '/metadata/annotations/azure.workload.identity~1skip-containers', value: dyn(('azure.workload.identity/skip-containers' in variables.annotations ? variables.annotations['azure.workload.identity/skip-containers'] + ';' : '') + variables.skipped.join(';'))}] : [])
    + ('azure.workload.identity/inject-proxy-sidecar' in variables.annotations ? [JSONPatch{op: 'move', from: '/metadata/annotations/azure.workload.identity~1inject-proxy-sidecar', path: '/metadata/annotations/wisp~1was-inject-proxy-sidecar'}] : [])
    "#);
}

#[test]
fn the_sidecar_is_one_map() {
    let objects = made(&[("mode", "env"), ("token", "own"), ("config-map", "ids")]);
    insta::assert_snapshot!(variable(&objects[0], "sidecar"), @r#"
    {
      'args': dyn(['serve']),
      'command': dyn(['/wisp']),
      'env': dyn([
        dyn({
          'name': dyn('AZURE_CLIENT_ID'),
          'valueFrom': dyn({'configMapKeyRef': dyn({'key': 'AZURE_CLIENT_ID', 'name': 'ids'})})
        }),
        dyn({
          'name': dyn('AZURE_TENANT_ID'),
          'valueFrom': dyn({'configMapKeyRef': dyn({'key': 'AZURE_TENANT_ID', 'name': 'ids'})})
        }),
        dyn({
          'name': dyn('AZURE_AUTHORITY_HOST'),
          'valueFrom': dyn({
            'configMapKeyRef': dyn({'key': dyn('AZURE_AUTHORITY_HOST'), 'name': dyn('ids'), 'optional': dyn(true)})
          })
        }),
        dyn({'name': 'AZURE_FEDERATED_TOKEN_FILE', 'value': '/var/run/secrets/wisp/azure-identity-token'}),
        dyn({'name': dyn('WISP_IDENTITY_HEADER'), 'valueFrom': dyn({'fieldRef': dyn({'fieldPath': 'metadata.uid'})})})
      ]),
      'envFrom': dyn([dyn({'configMapRef': dyn({'name': 'ids'})})]),
      'image': dyn(variables.image),
      'lifecycle': dyn({'postStart': dyn({'exec': dyn({'command': dyn(['/wisp', 'probe', 'started', '--wait', '60s'])})})}),
      'livenessProbe': dyn({
        'exec': dyn({'command': dyn(['/wisp', 'probe', 'live'])}),
        'failureThreshold': dyn(3),
        'periodSeconds': dyn(30),
        'terminationGracePeriodSeconds': dyn(5),
        'timeoutSeconds': dyn(3)
      }),
      'name': dyn('wisp'),
      'ports': dyn([dyn({'containerPort': dyn(4255), 'name': dyn('wisp-admin'), 'protocol': dyn('TCP')})]),
      'readinessProbe': dyn({
        'exec': dyn({'command': dyn(['/wisp', 'probe', 'ready'])}),
        'failureThreshold': dyn(3),
        'periodSeconds': dyn(10),
        'timeoutSeconds': dyn(3)
      }),
      'resources': dyn({
        'limits': dyn((variables.isGuaranteed ? dyn({'cpu': '100m', 'memory': '32Mi'}) : dyn({'memory': '32Mi'}))),
        'requests': dyn({'cpu': (variables.isGuaranteed ? '100m' : '10m'), 'memory': (variables.isGuaranteed ? '32Mi' : '16Mi')})
      }),
      'restartPolicy': dyn('Always'),
      'securityContext': dyn({
        'allowPrivilegeEscalation': dyn(false),
        'capabilities': dyn({'drop': dyn(['ALL'])}),
        'privileged': dyn(false),
        'readOnlyRootFilesystem': dyn(true),
        'runAsGroup': dyn(54254),
        'runAsNonRoot': dyn(true),
        'runAsUser': dyn(54254),
        'seccompProfile': dyn({'type': 'RuntimeDefault'})
      }),
      'terminationMessagePolicy': dyn('FallbackToLogsOnError'),
      'volumeMounts': dyn([dyn({'mountPath': dyn('/var/run/secrets/wisp'), 'name': dyn('wisp-token'), 'readOnly': dyn(true)})])
    }
    "#);
}

#[test]
fn both_policies_refuse_the_same_pods() {
    let objects = made(&[("mode", "env")]);
    for name in ["errors", "clientId", "choices", "isInjected"] {
        assert_eq!(variable(&objects[0], name), variable(&objects[3], name));
    }
}

#[test]
fn nothing_is_done_twice_and_nothing_where_the_cluster_lives() {
    let objects = made(&[("config-map", "ids")]);
    let policy = &objects[0]["spec"];
    let conditions = policy["matchConditions"].to_string();
    assert!(
        CONTAINERS
            .iter()
            .all(|name| conditions.contains(&format!("'{name}'")))
            && conditions.contains("wisp/injected")
    );
    assert_eq!(
        (&policy["failurePolicy"], &policy["reinvocationPolicy"]),
        (&"Fail".into(), &"IfNeeded".into())
    );
    for object in objects
        .iter()
        .filter(|object| object["kind"].as_str().unwrap().ends_with("Policy"))
    {
        insta::allow_duplicates! {
            insta::assert_snapshot!(object["spec"]["matchConstraints"]["namespaceSelector"], @r#"{"matchExpressions":[{"key":"kubernetes.io/metadata.name","operator":"NotIn","values":["kube-system","kube-node-lease","wisp-system"]}]}"#);
        }
    }
}

#[test]
fn guard_rails_are_printed_for_either_engine() {
    for rail in GuardRail::ALL {
        let print = |engine| guard_rail(rail, &options(&[]), &scope(), engine, Action::Warn, "the command");
        let kubernetes = print(Engine::Kubernetes);
        let objects: Vec<_> = kubernetes
            .split("---\n")
            .map(|text| values::read(text).unwrap().0)
            .collect();
        assert_eq!(objects[1]["spec"]["policyName"], objects[0]["metadata"]["name"]);
        assert_eq!(objects[1]["spec"]["validationActions"], serde_json::json!(["Warn"]));
        let kyverno = values::read(&print(Engine::Kyverno)).unwrap().0;
        for key in ["variables", "validations", "matchConstraints"] {
            assert_eq!(kyverno["spec"][key], objects[0]["spec"][key]);
        }
    }
}
