//! What the help of each command says, word for word.

mod doctor;
mod identity;
mod live;
mod migrate;

/// What `wispctl` says of `arguments`.
fn help(arguments: &[&str]) -> String {
    super::run(env!("CARGO_BIN_EXE_wispctl"), arguments).1
}

#[test]
fn help_of_wispctl() {
    insta::assert_snapshot!(help(&["--help"]), @"
The operator's side of wisp, the Workload Identity Sidecar Proxy

Usage: wispctl <COMMAND>

Commands:
  completions  Print what completes wispctl's commands and flags in a shell
  component    Print a Kustomize component that puts wisp into pods
  demo         Watch a token on its way: application, wisp, Entra emulator, and back
  doctor       Find what is wrong with a workload's identity, from a cluster or dumps of it
  emulator     Run a local Microsoft Entra, with OIDC issuer and projected token, for tests
  explain      Say what an error means and what to do: paste a log line, an SDK's error, a number
  identity     Write and check what has to exist in Azure: identities, federated credentials, roles
  inject       Put wisp into the pods of manifests
  man          Write the manual pages of wisp and wispctl into a folder
  migrate      Lead a cluster off pod-managed identity and static secrets
  policy       Print admission policies that put wisp into pods, or that refuse what nobody should do
  uninject     Take wisp out of the pods of manifests again
  webhook      Put wisp into pods as an API server admits them
  help         Print this message or the help of the given subcommand(s)

Options:
  -h, --help     Print help
  -V, --version  Print version

`wispctl COMMAND --help` has the arguments, examples and exit codes of a command.

Examples:
  wispctl demo
  wispctl inject --mode env --client-id GUID --tenant-id GUID deployment.yaml
  wispctl emulator -- bash
");
    insta::assert_snapshot!(help(&["explain", "--help"]), @"
Say what an error means and what to do: paste a log line, an SDK's error, a number

Usage: wispctl explain [OPTIONS] [TEXT]...

Arguments:
  [TEXT]...  The text; `-` or nothing reads it from standard input, up to 1 MiB

Options:
      --output <FORM>  Form of the answer: text or json [default: text]
  -h, --help           Print help

It knows lines of wisp's log, Entra's numbers (AADSTS700213, or 700213 alone), reasons of refusals, exit codes of the container wisp-init,
ids of checks, and what SDKs, tools, kubectl describe and resources say. Each is explained once, what says most first. Nothing is asked
of any server, and nothing of the text is repeated: it may hold tokens.

Examples:
  wispctl explain AADSTS700213
  kubectl logs POD -c wisp --tail 50 | wispctl explain
  kubectl describe pod POD | wispctl explain -

Exit codes:
   0  all is well
   1  nothing of the text is known
  64  arguments or configuration are wrong
");
    insta::assert_snapshot!(help(&["demo", "--help"]), @"
Watch a token on its way: application, wisp, Entra emulator, and back

Usage: wispctl demo [OPTIONS]

Options:
      --once  End after the tour, as it does where there is no terminal
      --stay  Run on after the tour until a signal comes, as it does on a terminal
  -h, --help  Print help

Examples:
  wispctl demo
  wispctl demo --once > tour.txt

Exit codes:
   0  all is well
   1  a step did not go as it should
  64  arguments or configuration are wrong
");
    insta::assert_snapshot!(help(&["emulator", "--help"]), @"
Run a local Microsoft Entra, with OIDC issuer and projected token, for tests

Usage: wispctl emulator [OPTIONS] [-- <PROGRAM>...]

Arguments:
  [PROGRAM]...  Run this program, with its arguments, in the emulator's environment, and end with it

Options:
      --config <FILE>          Configuration in TOML [default: built in]
      --listen <ADDRESS:PORT>  Where to listen; port 0 picks a free one [default: 127.0.0.1:0]
      --state-dir <FOLDER>     Where to put CA and tokens [default: a temporary folder]
      --print-config           Print the built-in configuration and end
  -h, --help                   Print help

With a program, standard output is the program's alone, and so is the exit code (128 and the number of the signal, if one
ended it). `wispctl emulator -- bash` is a shell to try things in: leaving it ends the emulator, and nothing is left behind.

Examples:
  wispctl emulator
  wispctl emulator -- pytest tests/
  wispctl emulator --print-config > entra.toml
  wispctl emulator --config entra.toml --listen 127.0.0.1:8443 --state-dir /tmp/entra

Exit codes:
   0  all is well
   1  it could not start
  64  arguments or configuration are wrong
");
    insta::assert_snapshot!(help(&["completions", "--help"]), @"
Print what completes wispctl's commands and flags in a shell

Usage: wispctl completions <SHELL>

Arguments:
  <SHELL>  The shell [possible values: bash, elvish, fish, powershell, zsh]

Options:
  -h, --help  Print help

Examples:
  source <(wispctl completions bash)

Exit codes:
   0  all is well
  64  arguments or configuration are wrong
");
    insta::assert_snapshot!(help(&["man", "--help"]), @"
Write the manual pages of wisp and wispctl into a folder

Usage: wispctl man <FOLDER>

Arguments:
  <FOLDER>  Where they go: a page for each program and each command; it is made if it is missing

Options:
  -h, --help  Print help

Examples:
  wispctl man /usr/local/share/man/man1

Exit codes:
   0  all is well
   1  a page cannot be written
  64  arguments or configuration are wrong
");
    let webhook = help(&["webhook", "--help"]);
    insta::assert_snapshot!(webhook.split_once("\n      --mode").unwrap().0, @"
Put wisp into pods as an API server admits them

Usage: wispctl webhook [OPTIONS]

Options:
      --listen <ADDRESS:PORT>          Where API servers connect [default: [::]:8443]
      --admin-listen <ADDRESS:PORT>    Where /livez, /readyz and /metrics are, without TLS [default: [::]:8081]
      --kubeconfig <FILE>              The API server, outside of a pod [default: what a pod is told]
      --namespace <NAME>               The namespace of Service, Secret and Lease [default: the pod's own]
      --service <NAME>                 The Service by which API servers call [default: wisp-webhook]
      --configuration <NAME>           The MutatingWebhookConfiguration [default: wisp-webhook]
      --certificate <own|files>        Where the certificate comes from: made here and kept in a Secret, or somebody else's files [default: own]
      --secret <NAME>                  The Secret with an own certificate [default: wisp-webhook-tls]
      --lease <NAME>                   The Lease of the replica that makes it [default: wisp-webhook]
      --certificate-life <DURATION>    How long an own certificate lives; at two thirds there is a new one [default: 2160h]
      --certificate-folder <FOLDER>    The files tls.crt and tls.key, of `--certificate files`
      --ignore-service-accounts        Do not ask the API server which identity a service account names
      --skip-unsupported               Admit pods that wisp cannot serve without it, instead of refusing them
      --adopt-pod-identity[=<SCOPE>]   Adopt pods of pod-managed identity: by bindings of all namespaces (standard) or their own (namespaced)
      --adopt-mode <MODE>              How requests of adopted pods get to wisp [default: redirect]
      --drain-delay <DURATION>         How long it answers on at the end, while API servers hear that it is not ready [default: 5s]
      --log <LEVEL>                    What is logged, at least: off, error, warn, info, debug or trace [default: info]
      --log-format <auto|json|text>    How log lines look; `auto` is text on a terminal and JSON elsewhere [default: auto]
      --log-identifiers <hashed|full>  Client ids in logs: a short hash, or in full [default: hashed]
");
    insta::assert_snapshot!(webhook.split_once("\n  -h, --help").unwrap().1, @r#"
                           Print help

It answers AdmissionReviews of admission.k8s.io/v1 at POST /mutate over TLS, for pods with the label `wisp/inject: "true"` and
pods of namespaces with it; deploy/webhook has the manifests. The identity of a pod is named by its own annotations, else by those
of its service account, else by --client-id and --tenant-id. Each choice can be made for one pod by an annotation, as for inject.
With --adopt-pod-identity, pods with the label `aadpodidbinding` get the identities that their bindings name, where the label
`wisp/adopt: "true"` is on pod or namespace; deploy/webhook/adopt has the manifests.
WISP_IMAGE in the environment is the image unless `--image` is given. In a pod it finds the API server by itself.

Examples:
  wispctl webhook --image registry.example/wisp@sha256:DIGEST --tenant-id GUID
  wispctl webhook --certificate files --certificate-folder /etc/wisp/tls --mode env
  wispctl webhook --tenant-id GUID --adopt-pod-identity
  wispctl webhook --kubeconfig ~/.kube/config --namespace wisp-system

Exit codes:
   0  all is well
   1  it could not start
  64  arguments or configuration are wrong
"#);
    // Its choices are those of `wispctl inject`, whose help is tested with it.
    let component = help(&["component", "--help"]);
    insta::assert_snapshot!(component.split_once("\n      --selector").unwrap().1, @"
 <LABELS>             Which workloads, by their own labels; '' for all [default: wisp/inject=true]
  -h, --help                          Print help

Kustomize adds the same to every workload and looks into none, so what depends on a pod is refused here; `wispctl inject` can do
it. The token is the sidecar's own unless `--token webhook` is given.

Examples:
  wispctl component --mode env --config-map wisp > wisp/kustomization.yaml

Exit codes:
   0  all is well
  64  the arguments are wrong, or a component cannot do this
");
}
