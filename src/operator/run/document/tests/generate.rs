//! Manifests as people and programs write them: charts, `kubectl get -o yaml`, by hand, with CRLF.

use proptest::{
    prelude::{Just, Strategy, any, prop_oneof},
    sample::select,
};

use crate::operator::inject::{
    Mode, Options,
    options::{Redirect, Sidecar, TOKEN_PORT, Token, USER},
};

/// Choices for a run.
pub(super) fn options() -> impl Strategy<Value = Options> {
    let sidecar = prop_oneof![4 => Just(Sidecar::Native), 1 => Just(Sidecar::Container)];
    let token = select(vec![Token::Auto, Token::Own, Token::Webhook]);
    let redirect = select(Redirect::ALL.to_vec());
    (select(Mode::ALL.to_vec()), redirect, sidecar, token, any::<[bool; 3]>()).prop_map(
        |(mode, redirect, sidecar, token, [share_token, more, moved])| Options {
            mode,
            redirect,
            sidecar,
            token_port: if moved { 5254 } else { TOKEN_PORT },
            user: if moved { 2000 } else { USER },
            token,
            share_token,
            client_id: Some("11111111-1111-1111-1111-111111111111".to_owned()),
            tenant_id: Some("contoso.com".to_owned()),
            no_proxy: if more { "10.0.0.0/8".to_owned() } else { String::new() },
            ..Options::default()
        },
    )
}

/// The looks of a file.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a property of its own")]
struct Look {
    step: usize,
    dash: usize,
    crlf: bool,
    comments: bool,
    blank_lines: bool,
    /// Ends without a line break.
    cut: bool,
    separator: bool,
    bom: bool,
}

fn look() -> impl Strategy<Value = Look> {
    (select(vec![2, 4, 3]), any::<[bool; 6]>(), 0..12).prop_map(
        |(step, [dash, crlf, comments, blank_lines, cut, separator], odd)| {
            let dash = if dash { step.min(2) } else { 0 };
            Look { step, dash, crlf, comments, blank_lines, cut, separator, bom: odd == 0 }
        },
    )
}

/// A key with whatever there is of it. Lines are relative to the key's column.
type Lines = Vec<String>;

fn lines(lines: &[&str]) -> Lines {
    lines.iter().map(|line| (*line).to_owned()).collect()
}

fn indented(lines: &[String], columns: usize) -> Vec<String> {
    lines
        .iter()
        .map(|line| format!("{:columns$}{line}", ""))
        .collect()
}

/// An item of a block list: a dash before the first line.
fn dashed(lines: &[String], look: Look) -> Vec<String> {
    lines
        .iter()
        .enumerate()
        .map(|(index, line)| {
            format!("{:dash$}{}{line}", "", if index == 0 { "- " } else { "  " }, dash = look.dash)
        })
        .collect()
}

fn empty_or(key: &'static str, full: impl Strategy<Value = Lines> + 'static) -> impl Strategy<Value = Lines> {
    let empty = select(vec!["", " []", " [ ]", " ~", " null", " # none", "   []  # none", "\n  []"])
        .prop_map(move |written| {
            format!("{key}:{written}")
                .split('\n')
                .map(str::to_owned)
                .collect()
        });
    prop_oneof![2 => Just(Vec::new()), 2 => empty, 4 => full]
}

fn env(look: Look) -> impl Strategy<Value = Lines> {
    let block = lines(&["env:"])
        .into_iter()
        .chain(dashed(&lines(&["name: LOG", "value: 'info' # x"]), look))
        .collect();
    let more: Lines = lines(&["env:"])
        .into_iter()
        .chain(dashed(&lines(&["name: NO_PROXY", "value: \"example.com\""]), look))
        .chain(dashed(&lines(&["{name: no_proxy, value: 'a.b'}"]), look))
        .chain(dashed(&lines(&["name: TEXT", "value: |-", "    # no comment", "    - x"]), look))
        .collect();
    let flow = lines(&["env: [{name: A, value: \"1\"}, {name: B}]"]);
    let flow_lines = lines(&["env: [", "    {name: A},", "    {name: B, value: x}", "  ]"]);
    empty_or("env", select(vec![block, more, flow, flow_lines]))
}

fn container(look: Look, name: &'static str) -> impl Strategy<Value = Lines> {
    let ports: Lines = lines(&["ports:"])
        .into_iter()
        .chain(dashed(&lines(&["containerPort: 80"]), look))
        .collect();
    let tail = select(vec![
        Vec::new(),
        ports,
        lines(&["command:", "  - sh", "  # why", "  - |", "    echo", "      x", ""]),
        lines(&["resources: {}"]),
        lines(&["args: [\"a\",", "  \"b\"]"]),
        lines(&["text: first", "  second"]),
    ]);
    (env(look), tail, 0..5).prop_map(move |(env, tail, order)| {
        let named = vec![format!("name: {name}")];
        let image = lines(&["image: \"registry.example/a:1\"  # pinned"]);
        let parts = match order {
            0 => vec![image, env, named, tail],
            1 => vec![named, env, image, tail],
            2 => vec![named, image, tail, env],
            3 => vec![named],
            _ => vec![named, image, env, tail],
        };
        parts.concat()
    })
}

fn containers(key: &'static str, look: Look) -> impl Strategy<Value = Lines> {
    let flow = vec![format!("{key}: [{{name: {key}-f, image: x}}]")];
    let flow_lines = lines(&[
        &format!("{key}: ["),
        &format!("    {{name: {key}-a}}, # c"),
        &format!("    {{name: {key}-b, env: []}}]"),
    ]);
    let (one, two) = if key == "containers" { ("main", "istio-proxy") } else { ("first", "second") };
    let block = (container(look, one), container(look, two), any::<bool>(), any::<bool>()).prop_map(
        move |(first, second, both, gap)| {
            let mut lines = vec![format!("{key}:")];
            if look.comments {
                lines.push(format!("{:dash$}# the first", "", dash = look.dash));
            }
            lines.extend(dashed(&first, look));
            if both {
                if gap {
                    lines.push(String::new());
                }
                lines.extend(dashed(&second, look));
            }
            lines
        },
    );
    prop_oneof![6 => block, 1 => Just(flow), 1 => Just(flow_lines)]
}

fn metadata(look: Look) -> impl Strategy<Value = Lines> {
    let block = |content: &[&str]| -> Lines {
        std::iter::once("metadata:".to_owned())
            .chain(indented(&lines(content), look.step))
            .collect()
    };
    select(vec![
        Vec::new(),
        lines(&["metadata: {}"]),
        lines(&["metadata:"]),
        lines(&["metadata: {labels: {app: x}}"]),
        block(&["labels:", "  app: x # y"]),
        block(&["creationTimestamp: null", "labels:", "  azure.workload.identity/use: \"true\""]),
        block(&["annotations: {}", "name: x"]),
        block(&["annotations:"]),
        block(&["annotations:", "  # why", "  a: |", "    b", "  c: 'd'", "labels: {}"]),
        block(&["labels: {}", "annotations: {a: \"b\"}"]),
        block(&["annotations:", "  azure.workload.identity/inject-proxy-sidecar: \"true\"  # azwi"]),
        block(&[
            "labels: {azure.workload.identity/use: \"true\"}",
            "annotations:",
            "  \"azure.workload.identity/skip-containers\": 'other'",
        ]),
    ])
}

fn spec(look: Look) -> impl Strategy<Value = Lines> {
    let volume: Lines = lines(&["volumes:"])
        .into_iter()
        .chain(dashed(&lines(&["name: tmp", "emptyDir: {}"]), look))
        .collect();
    let volumes = empty_or("volumes", Just(volume));
    let inits = empty_or("initContainers", containers("initContainers", look));
    let others = select(vec![
        Vec::new(),
        lines(&["serviceAccountName: app"]),
        lines(&["nodeSelector: &sel {a: b}", "x: *sel"]),
        lines(&["dnsPolicy: ClusterFirst", "restartPolicy: Never"]),
        lines(&["securityContext: {}"]),
        lines(&["securityContext:", "  {}"]),
        lines(&["securityContext: {fsGroup: 1}"]),
        lines(&["securityContext:", "  fsGroup: 1 # x", "  sysctls: []"]),
        lines(&["securityContext: {sysctls: null}"]),
        lines(&[
            "securityContext:",
            "  # why",
            "  sysctls:",
            "  - name: net.core.somaxconn",
            "    value: '9' # x",
        ]),
        lines(&[
            "securityContext:",
            "  sysctls: [{name: net.ipv4.ip_unprivileged_port_start, value: \"0\"}]",
        ]),
    ]);
    (containers("containers", look), inits, volumes, others, 0..4).prop_map(
        |(main, inits, volumes, others, order)| {
            match order {
                0 => [main, inits, volumes, others],
                1 => [others, volumes, inits, main],
                2 => [inits, others, main, volumes],
                _ => [volumes, main, others, inits],
            }
            .concat()
        },
    )
}

/// A manifest with one pod or template.
pub(super) fn manifest() -> impl Strategy<Value = String> {
    const KINDS: [(&str, &str, &[&str]); 6] = [
        ("v1", "Pod", &[]),
        ("apps/v1", "Deployment", &["spec", "template"]),
        ("apps/v1", "StatefulSet", &["spec", "template"]),
        ("batch/v1", "Job", &["spec", "template"]),
        ("batch/v1", "CronJob", &["spec", "jobTemplate", "spec", "template"]),
        ("argoproj.io/v1alpha1", "Rollout", &["spec", "template"]),
    ];
    look().prop_flat_map(move |look| {
        (select(KINDS.to_vec()), metadata(look), spec(look), any::<bool>(), Just(look)).prop_map(
            |((version, kind, path), metadata, spec, below, look)| {
                let spec = std::iter::once("spec:".to_owned()).chain(indented(&spec, look.step));
                let mut body: Vec<String> = if below {
                    spec.chain(metadata).collect()
                } else {
                    metadata.into_iter().chain(spec).collect()
                };
                for key in path.iter().rev() {
                    body = std::iter::once(format!("{key}:"))
                        .chain(indented(&body, look.step))
                        .collect();
                    if look.comments {
                        body.insert(0, format!("# what {key} is"));
                    }
                }
                let mut lines = vec![format!("apiVersion: {version}"), format!("kind: {kind}")];
                if look.separator {
                    lines.insert(0, "--- # chart/templates/x.yaml".to_owned());
                }
                lines.append(&mut body);
                if look.blank_lines {
                    lines.insert(2, String::new());
                    lines.push(String::new());
                    lines.push("# the end".to_owned());
                }
                let eol = if look.crlf { "\r\n" } else { "\n" };
                let lines: Vec<_> = lines
                    .iter()
                    .map(|line| line.trim_end_matches(' '))
                    .collect();
                let mut text = lines.join(eol);
                if !look.cut {
                    text.push_str(eol);
                }
                if look.bom { format!("\u{feff}{text}") } else { text }
            },
        )
    })
}
