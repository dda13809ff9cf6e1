//! What all commands of both programs have in common: one exit code for wrong arguments, and help that lists the codes.

use std::process::{Command, Output, Stdio};

use wisp::cli;

/// The programs, and all their commands; those below a command behind its name.
fn commands() -> Vec<(&'static str, String)> {
    let of = |program: &'static str, arguments: clap::Command| {
        let mut names = Vec::new();
        for command in arguments.get_subcommands() {
            let name = command.get_name();
            names.push((program, name.to_owned()));
            let below = command.get_subcommands();
            names.extend(below.map(|below| (program, format!("{name} {}", below.get_name()))));
        }
        names
    };
    let all = [
        of(env!("CARGO_BIN_EXE_wisp"), cli::wisp::arguments()),
        of(env!("CARGO_BIN_EXE_wispctl"), cli::wispctl::arguments()),
    ];
    let all = all.concat();
    assert!(all.len() > 7, "{all:?}");
    all
}

/// The words of `command`, and more arguments.
fn with<'a>(command: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    command.split(' ').chain(more.iter().copied()).collect()
}

fn run(program: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = Command::new(program)
        .args(arguments)
        .env_clear()
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

#[test]
fn wrong_arguments_end_every_command_with_64() {
    for (program, command) in commands() {
        for wrong in [&["--no-such-flag"][..], &["--no-such-flag=x", "--help-me"]] {
            let (code, stdout, stderr) = run(program, &with(&command, wrong));
            assert!(
                code == Some(64) && stdout.is_empty() && stderr.starts_with("error: "),
                "{program} {command} {wrong:?}: {code:?}\n{stdout}{stderr}"
            );
        }
    }
    for program in [env!("CARGO_BIN_EXE_wisp"), env!("CARGO_BIN_EXE_wispctl")] {
        for wrong in [&[][..], &["no-such-command"], &["--no-such-flag"], &["--version=1"]] {
            let (code, stdout, stderr) = run(program, wrong);
            assert!(
                code == Some(64) && stdout.is_empty() && !stderr.is_empty(),
                "{program} {wrong:?}: {code:?}\n{stdout}{stderr}"
            );
        }
    }
}

#[test]
fn every_help_lists_the_exit_codes() {
    for (program, command) in commands() {
        let (code, help, stderr) = run(program, &with(&command, &["--help"]));
        assert_eq!((code, stderr.as_str()), (Some(0), ""), "{program} {command}");
        let codes = help.split_once("\nExit codes:\n").map(|(_, codes)| codes);
        let codes: Vec<_> = codes
            .unwrap_or_default()
            .lines()
            .filter_map(|line| line.split_whitespace().next())
            .collect();
        assert!(codes.first() == Some(&"0") && codes.contains(&"64"), "{program} {command}: {help}");
    }
}

/// What a help calls the default, the flag takes; but for sentences about one.
#[test]
fn every_default_of_a_help_is_accepted() {
    let mut count = 0;
    for (program, command) in commands() {
        let (_, help, _) = run(program, &with(&command, &["--help"]));
        for line in help
            .lines()
            .filter(|line| line.trim_start().starts_with('-'))
        {
            let flag = line.split_whitespace().find(|word| word.starts_with("--"));
            let default = line.split_once(" [default: ").and_then(|(_, rest)| {
                let followed = rest.split_once("] [").map(|(default, _)| default);
                followed.or_else(|| rest.strip_suffix(']'))
            });
            let (Some(flag), Some(default)) = (flag, default) else { continue };
            if default.contains(' ') {
                continue;
            }
            let given = format!("{flag}={default}");
            let (code, _, stderr) = run(program, &with(&command, &[&given, "--help"]));
            assert_eq!(code, Some(0), "{program} {command} {given}: {stderr}");
            count += 1;
        }
    }
    assert!(count > 20, "{count}");
}

#[test]
fn every_help_has_examples_that_are_understood() {
    type Parser = fn() -> clap::Command;
    let programs: [(_, _, Parser); 2] = [
        ("wisp ", env!("CARGO_BIN_EXE_wisp"), cli::wisp::arguments),
        ("wispctl ", env!("CARGO_BIN_EXE_wispctl"), cli::wispctl::arguments),
    ];
    let helps = commands();
    for (name, program, parser) in programs {
        let of_commands = helps.iter().filter(|(of, _)| *of == program);
        let of_commands = of_commands.map(|(_, command)| with(command, &["--help"]));
        for help in of_commands.chain([vec!["--help"]]) {
            let text = run(program, &help).1;
            let (_, examples) = text.split_once("\nExamples:\n").expect(&text);
            let examples = examples.lines().take_while(|line| line.starts_with("  "));
            let examples: Vec<_> = examples.collect();
            assert!(!examples.is_empty(), "{text}");
            for example in examples {
                let (_, arguments) = example.split_once(name).expect(example);
                let words = arguments
                    .split(' ')
                    .take_while(|word| !["|", ">"].contains(word));
                let words = words.map(|word| word.trim_end_matches(')'));
                let parsed = parser().try_get_matches_from([name].into_iter().chain(words));
                assert!(parsed.is_ok(), "{example}: {}", parsed.unwrap_err());
            }
        }
    }
}

#[test]
fn help_of_wispctl() {
    let help = |arguments: &[&str]| run(env!("CARGO_BIN_EXE_wispctl"), arguments).1;
    insta::assert_snapshot!(help(&["--help"]), @"
The operator's side of wisp, the Workload Identity Sidecar Proxy

Usage: wispctl <COMMAND>

Commands:
  completions  Print what completes wispctl's commands and flags in a shell
  component    Print a Kustomize component that puts wisp into pods
  demo         Watch a token on its way: application, wisp, Entra emulator, and back
  emulator     Run a local Microsoft Entra, with OIDC issuer and projected token, for tests
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
    insta::assert_snapshot!(help(&["identity", "--help"]), @"
    Write and check what has to exist in Azure: identities, federated credentials, roles

    Usage: wispctl identity <COMMAND>

    Commands:
      audit      Find what is wrong with identities, from a cluster or dumps of it, and dumps of Azure
      expand     Turn claims into identities, federated credentials, roles and service accounts
      inventory  List identities with credentials, service accounts, workloads and roles, from a cluster or dumps of it, and dumps of Azure
      issuer     Write what Entra reads of an issuer, or check that it is what the API server signs with
      review     Answer the checklists of a review, of a finished move and of an incident, with evidence
      help       Print this message or the help of the given subcommand(s)

    Options:
      -h, --help  Print help

    `wispctl identity COMMAND --help` has the arguments, examples and exit codes of a command.

    Examples:
      wispctl identity expand orders.yaml > identities.sh
      wispctl identity issuer --issuer https://oidc.example/shop/ --write public sa.pub
      wispctl identity inventory cluster.json identities.json credentials.json roles.json
      wispctl identity audit cluster.json identities.json credentials.json roles.json
      wispctl identity review cluster.json identities.json credentials.json roles.json answers.yaml

    Exit codes:
       0  all is well
       1  something is wrong, as the command's own help says
      64  arguments or configuration are wrong
    ");
    insta::assert_snapshot!(help(&["identity", "issuer", "--help"]), @"
    Write what Entra reads of an issuer, or check that it is what the API server signs with

    Usage: wispctl identity issuer [OPTIONS] <--write <FOLDER>|--print <DOCUMENT>|--compare <FILE>> <FILE>...

    Arguments:
      <FILE>...  Public keys in PEM, key sets and discovery documents of the API server

    Options:
          --issuer <URL>      The issuer, `--service-account-issuer` [default: that of a discovery document among the files]
          --jwks-uri <URL>    Where the key set will be [default: openid/v1/jwks below the issuer]
          --write <FOLDER>    Write both documents into this folder, by their paths below the issuer
          --print <DOCUMENT>  Print one document: discovery or keys
          --compare <FILE>    A document as it is published, such as curl gets it; may be given again
      -h, --help              Print help

    FILE is what the API server verifies tokens by (`--service-account-key-file`, PEM) or what it serves (`kubectl get --raw
    /openid/v1/jwks` and `/.well-known/openid-configuration`); they are told apart by what is in them. Entra has to read both documents at
    the issuer's address over the internet, and takes tokens signed by RSA alone. Nothing is sent anywhere: publish what is written.

    Examples:
      wispctl identity issuer --issuer https://oidc.example/shop/ --write public sa.pub sa-next.pub
      wispctl identity issuer --issuer https://oidc.example/shop/ --print keys jwks.json
      wispctl identity issuer --compare published-jwks.json --compare published.json jwks.json discovery.json

    Exit codes:
       0  all is well
       1  a file is wrong, or what is published differs from what is signed with
      64  arguments or configuration are wrong
    ");
    insta::assert_snapshot!(help(&["identity", "audit", "--help"]), @"
    Find what is wrong with identities, from a cluster or dumps of it, and dumps of Azure

    Usage: wispctl identity audit [OPTIONS] [FILE]...

    Arguments:
      [FILE]...  Dumps, `-` for standard input

    Options:
          --kubeconfig <FILE>        Read the cluster of this kubeconfig's current context as well
          --in-cluster               Read the cluster that this process is a pod of
          --with-secrets             Read the Secrets of the cluster too, for their names; values are not kept
      -n, --namespace <NAME>         Read this namespace of the cluster alone [default: all]
          --issuer <URL>             The cluster's issuer [default: that of a discovery document, or the only one of credentials]
          --environment-label <KEY>  The label of namespaces that names their environment [default: environment, or env]
          --output <FORM>            Form of the report: text or json [default: text]
      -h, --help                     Print help

    FILE is what `kubectl get serviceaccounts,namespaces,pods -A -o json`, `az identity list`, `az identity federated-credential list` (for each
    identity) and `az role assignment list --all` print, with `-o json`; they are told apart by what is in them. Workloads count as pods do.
    A cluster is only read, in pages; what may not be read is listed, and the exit code says so. No value of a secret is kept or written.
    Checks that lack something are named with what they lack. docs/identity.md has the checks with their ids.

    Examples:
      wispctl identity audit cluster.json identities.json credentials.json roles.json
      wispctl identity audit --issuer https://oidc.example/shop/ --output json cluster.json credentials.json > audit.json
      wispctl identity audit --kubeconfig ~/.kube/config identities.json credentials.json roles.json

    Exit codes:
       0  all is well
       1  a finding is an error, or something could not be read
      64  arguments or configuration are wrong
    ");
    insta::assert_snapshot!(help(&["identity", "expand", "--help"]), @"
    Turn claims into identities, federated credentials, roles and service accounts

    Usage: wispctl identity expand [OPTIONS] <CLAIM>...

    Arguments:
      <CLAIM>...  Files of claims, `-` for standard input

    Options:
          --output <LANGUAGE>    az, bicep, terraform or manifests [default: az]
          --azurerm <MAJOR>      Major version of Terraform's provider azurerm: 4 or 5 [default: 5]
          --audience <AUDIENCE>  Audience of credentials whose claim names none, or the cloud: AzureCloud, AzureUSGovernment or AzureChinaCloud [default: api://AzureADTokenExchange]
      -h, --help                 Print help

    A claim says for a service account which identity it is, of which clusters, and what it may do; docs/identity.md has its fields.
    It never asks Azure: `--output az` is a script that makes what is missing and changes nothing that is there, and with --check only
    looks. `--output manifests` needs the client id, which Azure makes up with the identity.

    Examples:
      wispctl identity expand orders.yaml > identities.sh
      wispctl identity expand --output bicep orders.yaml bills.yaml > identities.bicep
      wispctl identity expand --output terraform --azurerm 4 orders.yaml > identities.tf
      wispctl identity expand --audience AzureUSGovernment orders.yaml > identities.sh
      wispctl identity expand --output manifests orders.yaml | kubectl apply -f -

    Exit codes:
       0  all is well
       1  a claim is wrong, or the language cannot say it
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
    insta::assert_snapshot!(help(&["migrate", "--help"]), @r"
    Lead a cluster off pod-managed identity and static secrets

    Usage: wispctl migrate <COMMAND>

    Commands:
      inventory  List what a cluster has of pod-managed identity, and static secrets
      plan       Plan the way of each workload off pod-managed identity and static secrets
      report     Write one document of all that there is, and of all that is to be done
      write      Write the files of a migration: for Azure, for the cluster, and a README that leads through them
      verify     Prove of each workload that it gets its tokens without pod-managed identity
      apply      Move workloads of a live cluster, state by state
      status     Say how far each workload of a live cluster is
      rollback   Take workloads of a live cluster back, state by state
      cleanup    Delete what nobody needs of pod-managed identity any more
      ask        Ask for tokens as the pod that this is: what Jobs of `migrate verify` run
      help       Print this message or the help of the given subcommand(s)

    Options:
      -h, --help  Print help

    Examples:
      wispctl migrate inventory manifests/
      wispctl migrate plan manifests/ aks.json
      wispctl migrate report manifests/ aks.json > report.html
      wispctl migrate write --output-dir migration manifests/ aks.json
      wispctl migrate apply --kubeconfig ~/.kube/config --namespace shop --to prepared aks.json

    Exit codes:
       0  all is well
       1  a step did not do all of it
      64  arguments or configuration are wrong
    ");
    insta::assert_snapshot!(help(&["migrate", "inventory", "--help"]), @"
List what a cluster has of pod-managed identity, and static secrets

Usage: wispctl migrate inventory [OPTIONS] [FILE]...

Arguments:
  [FILE]...  Files, folders (.yaml, .yml and .json in them), `-` for standard input

Options:
      --kubeconfig <FILE>  Read the cluster of this kubeconfig's current context as well
      --in-cluster         Read the cluster that this process is a pod of
      --with-secrets       Read the Secrets of the cluster too, for their names; values are not kept
  -n, --namespace <NAME>   Workloads of this namespace alone; what names none is in it [default: all]
      --matching <WORD>    Where pod-managed identity looks for bindings: auto, standard (in all namespaces) or namespaced [default: auto]
      --path <KIND=PATH>   A kind of your own and where its pod template is, such as Rollout=spec.template; may be given again
  -o, --output <FORM>      Form of the inventory: text, json or markdown [default: text]
      --progress           Say on standard error how far the reading is, as on a terminal
  -h, --help               Print help

Files are manifests, rendered charts, dumps (`kubectl get … -o yaml` or json) and what `az aks show` prints. Nothing is changed, and
no value of a secret is written. A cluster is only read, in pages; it needs the right to list what is asked for. What cannot be read is
listed, and the exit code says so; all else is in the inventory.

Examples:
  wispctl migrate inventory manifests/ aks.json
  helm template release chart | wispctl migrate inventory --namespace shop -
  wispctl migrate inventory --output json dump.yaml > inventory.json
  wispctl migrate inventory --kubeconfig ~/.kube/config aks.json

Exit codes:
   0  all is well
   1  something could not be read; the inventory has the rest
  64  arguments or configuration are wrong
");
    insta::assert_snapshot!(help(&["migrate", "plan", "--help"]), @"
    Plan the way of each workload off pod-managed identity and static secrets

    Usage: wispctl migrate plan [OPTIONS] [FILE]...

    Arguments:
      [FILE]...  Files, folders (.yaml, .yml and .json in them), `-` for standard input

    Options:
          --decisions <FILE>     What you have decided; docs/migrate.md has its fields
          --issuer <URL>         Who signs the cluster's tokens [default: what `az aks show` says]
          --tenant <ID>          Tenant of its identities [default: what `az aks show` says]
          --audience <AUDIENCE>  Audience of federated credentials, or the cloud: AzureCloud, AzureUSGovernment or AzureChinaCloud [default: api://AzureADTokenExchange]
          --kubeconfig <FILE>    Read the cluster of this kubeconfig's current context as well
          --in-cluster           Read the cluster that this process is a pod of
          --with-secrets         Read the Secrets of the cluster too, for their names; values are not kept
      -n, --namespace <NAME>     Workloads of this namespace alone; what names none is in it [default: all]
          --matching <WORD>      Where pod-managed identity looks for bindings: auto, standard (in all namespaces) or namespaced [default: auto]
          --path <KIND=PATH>     A kind of your own and where its pod template is, such as Rollout=spec.template; may be given again
      -o, --output <FORM>        Form of the plan: text, json or markdown [default: text]
          --progress             Say on standard error how far the reading is, as on a terminal
      -h, --help                 Print help

    Reads what `wispctl migrate inventory` reads, and says what becomes of each workload: identity, service account, federated credential,
    mode of wisp, road, order, steps and risks. Nothing is changed, and a plan never changes what an identity may do. What needs a decision
    is listed with what to write into the file of decisions; what cannot be moved is listed with the reason. While there is any of it, the
    exit code says so.

    Examples:
      wispctl migrate plan dump.yaml aks.json
      wispctl migrate plan --decisions decisions.yaml --output markdown dump.yaml aks.json > plan.md
      wispctl migrate plan --kubeconfig ~/.kube/config --issuer https://issuer.example/ --tenant contoso.com

    Exit codes:
       0  all is well
       1  decisions are missing, or something cannot be moved or read; the plan has the rest
      64  arguments or configuration are wrong
    ");
    insta::assert_snapshot!(help(&["migrate", "report", "--help"]), @"
Write one document of all that there is, and of all that is to be done

Usage: wispctl migrate report [OPTIONS] [FILE]...

Arguments:
  [FILE]...  Files, folders (.yaml, .yml and .json in them), `-` for standard input

Options:
      --cluster <NAME>       Name of the cluster [default: what `az aks show` says]
      --decisions <FILE>     What you have decided; docs/migrate.md has its fields
      --issuer <URL>         Who signs the cluster's tokens [default: what `az aks show` says]
      --tenant <ID>          Tenant of its identities [default: what `az aks show` says]
      --audience <AUDIENCE>  Audience of federated credentials, or the cloud: AzureCloud, AzureUSGovernment or AzureChinaCloud [default: api://AzureADTokenExchange]
      --kubeconfig <FILE>    Read the cluster of this kubeconfig's current context as well
      --in-cluster           Read the cluster that this process is a pod of
      --with-secrets         Read the Secrets of the cluster too, for their names; values are not kept
  -n, --namespace <NAME>     Workloads of this namespace alone; what names none is in it [default: all]
      --matching <WORD>      Where pod-managed identity looks for bindings: auto, standard (in all namespaces) or namespaced [default: auto]
      --path <KIND=PATH>     A kind of your own and where its pod template is, such as Rollout=spec.template; may be given again
  -o, --output <FORM>        Form of the report: html, markdown or json [default: html]
      --progress             Say on standard error how far the reading is, as on a terminal
  -h, --help                 Print help

Reads what `wispctl migrate plan` reads, and writes one document of it for those who decide and those who do it: figures, risks, decisions
needed, workloads and how far each is moved, bindings, stages, static secrets, and what could not be read. How far a workload is follows from
what `wispctl migrate apply` has recorded and from what its objects show: of the cluster, or of dumps with ConfigMaps and ServiceAccounts.
The page of HTML needs nothing else: it loads nothing and runs nothing. Nothing is changed, and no value of a secret is written. While
something is open, the exit code says so.

Examples:
  wispctl migrate report dump.yaml aks.json > report.html
  wispctl migrate report --output markdown --decisions decisions.yaml dump.yaml aks.json > report.md
  wispctl migrate report --kubeconfig ~/.kube/config --cluster shop-aks aks.json > report.html

Exit codes:
   0  all is well
   1  decisions are missing, or something cannot be moved or read; the report has the rest
  64  arguments or configuration are wrong
");
    insta::assert_snapshot!(help(&["migrate", "write", "--help"]), @"
Write the files of a migration: for Azure, for the cluster, and a README that leads through them

Usage: wispctl migrate write [OPTIONS] --output-dir <DIR> [FILE]...

Arguments:
  [FILE]...  Files, folders (.yaml, .yml and .json in them), `-` for standard input

Options:
      --output-dir <DIR>     Folder to write to; what wispctl did not write there stays
      --format <LANGUAGE>    Language for Azure: az, bicep or terraform; may be given again [default: all of them]
      --azurerm <MAJOR>      Major version of Terraform's provider azurerm: 4 or 5 [default: 5]
      --image <IMAGE>        Image of wisp, on the road `inject` [default: that of this version]
      --in-place             Replace your own manifests by the edited ones, instead of writing these to the folder
      --force                Replace what was changed in the folder by hand, and write beside what others wrote
      --decisions <FILE>     What you have decided; docs/migrate.md has its fields
      --issuer <URL>         Who signs the cluster's tokens [default: what `az aks show` says]
      --tenant <ID>          Tenant of its identities [default: what `az aks show` says]
      --audience <AUDIENCE>  Audience of federated credentials, or the cloud: AzureCloud, AzureUSGovernment or AzureChinaCloud [default: api://AzureADTokenExchange]
      --kubeconfig <FILE>    Read the cluster of this kubeconfig's current context as well
      --in-cluster           Read the cluster that this process is a pod of
      --with-secrets         Read the Secrets of the cluster too, for their names; values are not kept
  -n, --namespace <NAME>     Workloads of this namespace alone; what names none is in it [default: all]
      --matching <WORD>      Where pod-managed identity looks for bindings: auto, standard (in all namespaces) or namespaced [default: auto]
      --path <KIND=PATH>     A kind of your own and where its pod template is, such as Rollout=spec.template; may be given again
      --progress             Say on standard error how far the reading is, as on a terminal
  -h, --help                 Print help

Reads what `wispctl migrate plan` reads, and writes what the plan says into a folder: federated credentials, service accounts, manifests
and values edited in place, Kustomize patches for workloads whose source is not given, scripts to clean up and to go back, and a README
that leads through them. Neither Azure nor a cluster is changed. What cannot be written is listed with the reason, here and in the README.
WISP_IMAGE in the environment is the image of wisp unless `--image` is given.

Examples:
  wispctl migrate write --output-dir migration manifests/ dump.yaml aks.json
  wispctl migrate write --output-dir migration --decisions decisions.yaml --format bicep --format az manifests/ aks.json
  wispctl migrate write --output-dir migration --kubeconfig ~/.kube/config aks.json

Exit codes:
   0  all is well
   1  something cannot be written, decisions are missing or files are in the way; the folder has the rest
  64  arguments or configuration are wrong
");
    insta::assert_snapshot!(help(&["migrate", "verify", "--help"]), @"
Prove of each workload that it gets its tokens without pod-managed identity

Usage: wispctl migrate verify [OPTIONS] [FILE]...

Arguments:
  [FILE]...  Files, folders (.yaml, .yml and .json in them), `-` for standard input

Options:
      --decisions <FILE>         What you have decided; docs/migrate.md has its fields
      --issuer <URL>             Who signs the cluster's tokens [default: what `az aks show` says]
      --tenant <ID>              Tenant of its identities [default: what `az aks show` says]
      --audience <AUDIENCE>      Audience of federated credentials, or the cloud: AzureCloud, AzureUSGovernment or AzureChinaCloud [default: api://AzureADTokenExchange]
      --kubeconfig <FILE>        Read the cluster of this kubeconfig's current context as well
      --in-cluster               Read the cluster that this process is a pod of
      --with-secrets             Read the Secrets of the cluster too, for their names; values are not kept
  -n, --namespace <NAME>         Workloads of this namespace alone; what names none is in it [default: all]
      --matching <WORD>          Where pod-managed identity looks for bindings: auto, standard (in all namespaces) or namespaced [default: auto]
      --path <KIND=PATH>         A kind of your own and where its pod template is, such as Rollout=spec.template; may be given again
  -o, --output <FORM>            Form of the verification: text, json or markdown [default: text]
      --progress                 Say on standard error how far the reading is, as on a terminal
      --stage <WORD>             When: before, parallel (wisp and the label) or after the label is gone [default: before]
      --authority <URL>          Where Entra is, such as an emulator [default: that of the cloud, https://login.microsoftonline.com]
      --resource <URI>           What to ask tokens for [default: the cloud's Resource Manager, https://management.azure.com/.default]
      --ca-file <FILE>           PEM file with roots that are trusted for Entra beside the system's, for an emulator
      --timeout <DURATION>       How long in all to wait for what may still spread through Entra, up to 45m [default: 2m]
      --by-job                   Have a Job of each service account ask, where TokenRequest is not allowed
      --old-by-pod               Have a Job with the label `aadpodidbinding` ask the old way, in parallel
      --image <IMAGE>            Image of such Jobs: that of wispctl, of this version
      --nmi-metrics-port <PORT>  Where NMI gives its metrics [default: what `--prometheus-port` of its pods says, or 9090]
  -h, --help                     Print help

Makes the plan of a live cluster as `wispctl migrate plan` does, and proves it workload by workload. Before the cut-over: the service
account, a token of it by TokenRequest, issuer, audience, subject and clocks, and that Entra gives a token for it to each identity. In
parallel: that both ways give tokens of the same identity. Afterwards: that nobody goes the old way. Workloads are not touched; Jobs are
made with `--by-job` and `--old-by-pod` alone, and removed. Tokens are never printed, only whose they are. What fails, and what nobody could
look at, is listed with what to do.

Examples:
  wispctl migrate verify --kubeconfig ~/.kube/config aks.json
  wispctl migrate verify --kubeconfig ~/.kube/config --namespace shop --by-job --image registry.example/wispctl:1 aks.json
  wispctl migrate verify --kubeconfig ~/.kube/config --stage parallel --old-by-pod --image registry.example/wispctl:1 aks.json
  wispctl migrate verify --kubeconfig ~/.kube/config --stage after --output json aks.json

Exit codes:
   0  all is well
   1  a check failed or could not be made; the verification has the rest
  64  arguments or configuration are wrong
");
    insta::assert_snapshot!(help(&["migrate", "ask", "--help"]), @"
Ask for tokens as the pod that this is: what Jobs of `migrate verify` run

Usage: wispctl migrate ask [OPTIONS] --identity <TENANT/CLIENT-ID>

Options:
      --identity <TENANT/CLIENT-ID>  An identity to ask for; may be given again
      --old-way                      Ask pod-managed identity, at 169.254.169.254
      --token-file <FILE>            Ask Entra with this token of the service account
      --authority <URL>              Where Entra is, such as an emulator [default: that of the cloud, https://login.microsoftonline.com]
      --resource <URI>               What to ask tokens for [default: the cloud's Resource Manager, https://management.azure.com/.default]
      --ca-file <FILE>               PEM file with roots that are trusted for Entra beside the system's, for an emulator
      --timeout <DURATION>           How long to wait for what may still spread through Entra [default: 0s]
  -h, --help                         Print help

Prints one line of JSON: whose tokens were given, or why none was. Tokens are never printed.

Examples:
  wispctl migrate ask --old-way --identity TENANT/CLIENT-ID
  wispctl migrate ask --token-file /var/run/secrets/wisp/token --identity TENANT/CLIENT-ID

Exit codes:
   0  all is well
   1  an identity got no token
  64  arguments or configuration are wrong
");
    insta::assert_snapshot!(help(&["migrate", "apply", "--help"]), @r"
    Move workloads of a live cluster, state by state

    Usage: wispctl migrate apply [OPTIONS] --to <STATE> <--kubeconfig <FILE>|--in-cluster> [FILE]...

    Arguments:
      [FILE]...  What `az aks show` prints, and other files that the plan was made with

    Options:
          --to <STATE>                    prepared, parallel or cut-over
          --decisions <FILE>              What you have decided; docs/migrate.md has its fields
          --issuer <URL>                  Who signs the cluster's tokens [default: what `az aks show` says]
          --tenant <ID>                   Tenant of its identities [default: what `az aks show` says]
          --audience <AUDIENCE>           Audience of federated credentials, or the cloud: AzureCloud, AzureUSGovernment or AzureChinaCloud [default: api://AzureADTokenExchange]
          --kubeconfig <FILE>             The cluster of this kubeconfig's current context
          --in-cluster                    The cluster that this process is a pod of
          --matching <WORD>               Where pod-managed identity looks for bindings: auto, standard (in all namespaces) or namespaced [default: auto]
          --path <KIND=PATH>              A kind of your own and where its pod template is, such as Rollout=spec.template; may be given again
      -n, --namespace <NAME>              This namespace alone; may be given again [default: all]
          --workload <NAME>               This workload alone, as NAME or KIND/NAME; may be given again [default: all]
      -y, --yes                           Make the changes without asking
          --dry-run                       Name the changes, and make none
          --timeout <DURATION>            How long the pods of a workload may take to follow a change [default: 10m]
          --at-a-time <NUMBER>            How many workloads of a namespace roll out at a time [default: 10]
          --recreate                      Delete and make anew what Kubernetes does not let change: bare pods, Jobs, and pods that their owner does not replace
          --force-managed                 Change objects too that Helm, GitOps or another owner writes
          --audit-log <FILE>              Where a line for each change goes, as JSON [default: standard output]
          --copy-role-bindings            Copy the RoleBindings of an account for the one that takes its place
          --without-role-bindings         Do not look at RoleBindings: the pods do not ask the API server
          --redirect <WAY>                How mode redirect does it: by nftables, by the address on `lo`, or by the first of them that works [value: `auto`, `nft` or `lo`] [default: auto]
          --image <IMAGE>                 Image of wisp [value: the reference of an image] [default: wisp:0.1.0]
          --sidecar <KIND>                Native sidecar (Kubernetes 1.29 or newer) or ordinary container [value: `native` or `container`] [default: native]
          --authority <URL>               Entra cloud that issues the tokens [value: an https origin] [default: the public cloud]
          --config-map <NAME>             ConfigMap with AZURE_CLIENT_ID, AZURE_TENANT_ID and other variables of wisp [value: the name of a ConfigMap in the pod's namespace] [default: none]
          --settings-from <OBJECTS>       ConfigMaps and Secrets whose keys are variables of wisp; later ones win [value: a comma-separated list of configmap/NAME and secret/NAME] [default: none]
          --token <SOURCE>                Whose token volume the sidecar uses: its own, or that of the workload identity webhook [value: `auto`, `own` or `webhook`] [default: auto: the webhook's where the pod has its label]
          --token-lifetime <SECONDS>      How long a token of the sidecar's own volume lives [value: a number of seconds from 600 to 86400] [default: 3600]
          --share-token <BOOL>            Let the application have the webhook's token as well [value: `true` or `false`] [default: false]
          --token-port <PORT>             Port of 127.0.0.1 where the application asks for tokens [value: a port from 1024 to 65535 that is not 40342, which means Azure Arc] [default: 4254]
          --admin-port <PORT>             Port of the pod where metrics and probes are answered [value: a port from 1024 to 65535 that is not 40342, which means Azure Arc] [default: 4255]
          --user <UID>                    User that the sidecar runs as; the init container runs as the next one [value: a user id from 1 to 2147483646] [default: 54254]
          --containers <NAMES>            Containers that get environment variables in the modes env and http-proxy [value: a comma-separated list of container names] [default: all of the application's]
          --container-identities <PAIRS>  Containers with an identity of their own among several, in the modes env and http-proxy [value: a comma-separated list of CONTAINER=IDENTITY, such as app=orders,worker=billing, each container once] [default: none]
          --variables <NAMES>             Variables that mode env sets, for clients that prefer the wrong one of them [value: a comma-separated list of `authority-host`, `app-service` and `msi`] [default: authority-host,app-service,msi]
          --no-proxy <HOSTS>              Hosts and networks reached directly in mode http-proxy, besides localhost and the cluster's domains [value: a comma-separated list without spaces] [default: none]
          --take-proxy <BOOL>             Give the sidecar the application's HTTPS_PROXY, NO_PROXY and bundle of certificates, where it has none [value: `true` or `false`] [default: true]
          --cpu <QUANTITY>                CPU of each container of wisp, requested and limited [value: a quantity such as 100m or 1] [default: what fits the pod's class]
          --memory <QUANTITY>             Memory of each container of wisp, requested and limited [value: a quantity such as 32Mi] [default: what fits the pod's class]
          --verify <off|log|ready>        Get a token at start, and log how that went, or be ready only once it worked (WISP_VERIFY) [value: `off`, `log` or `ready`] [default: off]
          --set <NAME=VALUE>              A setting of `wisp serve`, by its variable or its key; repeatable
          --file <NAME=OBJECT>            A setting that names a file, and the key of a ConfigMap or Secret that is the file, such as WISP_CA_FILE=configmap/NAME/KEY; repeatable
      -h, --help                          Print help

    Reads the cluster, plans as `wispctl migrate plan` does, and takes each workload from the state that it is in to the one that is asked
    for, none in between left out. The changes of a namespace are named first, and made once you agree. What was before is remembered in
    ConfigMap wisp-migration of the namespace; an interrupted run is gone on with by running it again. What nobody here may change (objects
    of Helm or GitOps, pods and Jobs, programs with a configuration of their own) is named with what to do by hand, and the exit code says so.

    Examples:
      wispctl migrate apply --kubeconfig ~/.kube/config --namespace shop --to prepared aks.json
      wispctl migrate apply --kubeconfig ~/.kube/config --namespace shop --workload Deployment/orders --to parallel aks.json
      wispctl migrate apply --in-cluster --to cut-over --dry-run --tenant contoso.com --issuer https://issuer.example/

    Exit codes:
       0  all is well
       1  something did not work, is left to do by hand, or was not agreed to; the rest is done
      64  arguments or configuration are wrong
    ");
    insta::assert_snapshot!(help(&["migrate", "status", "--help"]), @r"
    Say how far each workload of a live cluster is

    Usage: wispctl migrate status [OPTIONS] <--kubeconfig <FILE>|--in-cluster> [FILE]...

    Arguments:
      [FILE]...  What `az aks show` prints, and other files that the plan was made with

    Options:
          --decisions <FILE>     What you have decided; docs/migrate.md has its fields
          --issuer <URL>         Who signs the cluster's tokens [default: what `az aks show` says]
          --tenant <ID>          Tenant of its identities [default: what `az aks show` says]
          --audience <AUDIENCE>  Audience of federated credentials, or the cloud: AzureCloud, AzureUSGovernment or AzureChinaCloud [default: api://AzureADTokenExchange]
          --kubeconfig <FILE>    The cluster of this kubeconfig's current context
          --in-cluster           The cluster that this process is a pod of
          --matching <WORD>      Where pod-managed identity looks for bindings: auto, standard (in all namespaces) or namespaced [default: auto]
          --path <KIND=PATH>     A kind of your own and where its pod template is, such as Rollout=spec.template; may be given again
      -n, --namespace <NAME>     This namespace alone; may be given again [default: all]
          --workload <NAME>      This workload alone, as NAME or KIND/NAME; may be given again [default: all]
      -o, --output <FORM>        Form of the status: text, json or markdown [default: text]
      -h, --help                 Print help

    Says of each workload how far it is (not started, prepared, parallel, cut over, cleaned), by what the cluster shows and not by the
    record alone; what is next, and what stands in the way. What somebody has changed since is listed. Nothing is changed.

    Examples:
      wispctl migrate status --kubeconfig ~/.kube/config aks.json
      wispctl migrate status --kubeconfig ~/.kube/config --namespace shop --output json > status.json

    Exit codes:
       0  all is well
       1  something could not be read, or is not what is recorded; the status has the rest
      64  arguments or configuration are wrong
    ");
    insta::assert_snapshot!(help(&["migrate", "rollback", "--help"]), @r"
    Take workloads of a live cluster back, state by state

    Usage: wispctl migrate rollback [OPTIONS] --to <STATE> <--kubeconfig <FILE>|--in-cluster> [FILE]...

    Arguments:
      [FILE]...  What `az aks show` prints, and other files that the plan was made with

    Options:
          --to <STATE>           not-started, prepared, parallel or cut-over
          --decisions <FILE>     What you have decided; docs/migrate.md has its fields
          --issuer <URL>         Who signs the cluster's tokens [default: what `az aks show` says]
          --tenant <ID>          Tenant of its identities [default: what `az aks show` says]
          --audience <AUDIENCE>  Audience of federated credentials, or the cloud: AzureCloud, AzureUSGovernment or AzureChinaCloud [default: api://AzureADTokenExchange]
          --kubeconfig <FILE>    The cluster of this kubeconfig's current context
          --in-cluster           The cluster that this process is a pod of
          --matching <WORD>      Where pod-managed identity looks for bindings: auto, standard (in all namespaces) or namespaced [default: auto]
          --path <KIND=PATH>     A kind of your own and where its pod template is, such as Rollout=spec.template; may be given again
      -n, --namespace <NAME>     This namespace alone; may be given again [default: all]
          --workload <NAME>      This workload alone, as NAME or KIND/NAME; may be given again [default: all]
      -y, --yes                  Make the changes without asking
          --dry-run              Name the changes, and make none
          --timeout <DURATION>   How long the pods of a workload may take to follow a change [default: 10m]
          --at-a-time <NUMBER>   How many workloads of a namespace roll out at a time [default: 10]
          --recreate             Delete and make anew what Kubernetes does not let change: bare pods, Jobs, and pods that their owner does not replace
          --force-managed        Change objects too that Helm, GitOps or another owner writes
          --audit-log <FILE>     Where a line for each change goes, as JSON [default: standard output]
      -h, --help                 Print help

    Takes each workload back to a state that it was in, none in between left out, by what ConfigMap wisp-migration of its namespace
    remembers: objects that were deleted are made again, the label, the pod template and the service account are put back. What others have
    changed in a pod template since stays. Once all workloads of a namespace are not started, the ConfigMap is deleted.

    Examples:
      wispctl migrate rollback --kubeconfig ~/.kube/config --namespace shop --to parallel
      wispctl migrate rollback --kubeconfig ~/.kube/config --namespace shop --workload orders --to not-started --yes

    Exit codes:
       0  all is well
       1  something did not work, is left to do by hand, or was not agreed to; the rest is done
      64  arguments or configuration are wrong
    ");
    insta::assert_snapshot!(help(&["migrate", "cleanup", "--help"]), @r"
    Delete what nobody needs of pod-managed identity any more

    Usage: wispctl migrate cleanup [OPTIONS] <--kubeconfig <FILE>|--in-cluster> [FILE]...

    Arguments:
      [FILE]...  What `az aks show` prints, and other files that the plan was made with

    Options:
          --decisions <FILE>     What you have decided; docs/migrate.md has its fields
          --issuer <URL>         Who signs the cluster's tokens [default: what `az aks show` says]
          --tenant <ID>          Tenant of its identities [default: what `az aks show` says]
          --audience <AUDIENCE>  Audience of federated credentials, or the cloud: AzureCloud, AzureUSGovernment or AzureChinaCloud [default: api://AzureADTokenExchange]
          --kubeconfig <FILE>    The cluster of this kubeconfig's current context
          --in-cluster           The cluster that this process is a pod of
          --matching <WORD>      Where pod-managed identity looks for bindings: auto, standard (in all namespaces) or namespaced [default: auto]
          --path <KIND=PATH>     A kind of your own and where its pod template is, such as Rollout=spec.template; may be given again
      -n, --namespace <NAME>     This namespace alone; may be given again [default: all]
          --workload <NAME>      This workload alone, as NAME or KIND/NAME; may be given again [default: all]
      -y, --yes                  Make the changes without asking
          --dry-run              Name the changes, and make none
          --timeout <DURATION>   How long the pods of a workload may take to follow a change [default: 10m]
          --at-a-time <NUMBER>   How many workloads of a namespace roll out at a time [default: 10]
          --recreate             Delete and make anew what Kubernetes does not let change: bare pods, Jobs, and pods that their owner does not replace
          --force-managed        Change objects too that Helm, GitOps or another owner writes
          --audit-log <FILE>     Where a line for each change goes, as JSON [default: standard output]
      -h, --help                 Print help

    Deletes bindings, identities, exceptions and assigned identities that no template, no pod and no workload on its way needs any more,
    bindings first. They are remembered in ConfigMap wisp-migration of their namespace, from which `wispctl migrate rollback` makes them
    again. Those of the AKS add-on stay: the commands of Azure that delete them are named. Nothing is deleted while a part of the cluster
    cannot be read.

    Examples:
      wispctl migrate cleanup --kubeconfig ~/.kube/config --dry-run
      wispctl migrate cleanup --kubeconfig ~/.kube/config --namespace shop aks.json

    Exit codes:
       0  all is well
       1  something did not work, is still needed, or is left to do by hand; the rest is done
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
      --log-format <json|text>         How log lines look [default: json]
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

/// `script` of util-linux is the terminal. It runs a command by a shell, and where nobody is logged in it is told which.
#[test]
fn colour_is_for_terminals() {
    let on_terminal = |arguments: &str, variables: &[(&str, &str)]| {
        let command = format!("{} {arguments}", env!("CARGO_BIN_EXE_wispctl"));
        let output = Command::new("script")
            .args(["--quiet", "--command", &command, "/dev/null"])
            .env_clear()
            .envs([("PATH", "/usr/bin:/bin"), ("SHELL", "/bin/sh"), ("TERM", "xterm")])
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    for (arguments, coloured, plain) in [
        ("--help", "\u{1b}[4mUsage:\u{1b}[0m", "\nUsage: "),
        ("inject", "\u{1b}[31merror:\u{1b}[0m ", "error: "),
        ("inject /none.yaml", "\u{1b}[31merror:\u{1b}[0m /none.yaml: ", "error: /none.yaml: "),
    ] {
        let shown = on_terminal(arguments, &[]);
        assert!(shown.contains(coloured), "{shown:?}");
        for without in [("NO_COLOR", "1"), ("TERM", "dumb")] {
            let shown = on_terminal(arguments, &[without]);
            assert!(shown.contains(plain) && !shown.contains('\u{1b}'), "{without:?}: {shown:?}");
        }
        let words: Vec<_> = arguments.split(' ').collect();
        let (_, stdout, stderr) = run(env!("CARGO_BIN_EXE_wispctl"), &words);
        let piped = stdout + &stderr;
        assert!(piped.contains(plain) && !piped.contains('\u{1b}'), "{piped:?}");
    }
}

#[test]
fn each_shell_completes_and_each_command_has_a_manual_page() {
    let wispctl = env!("CARGO_BIN_EXE_wispctl");
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let (code, script, stderr) = run(wispctl, &["completions", shell]);
        assert_eq!((code, stderr.as_str()), (Some(0), ""), "{shell}");
        assert!(script.contains("uninject") && script.contains("skip-unsupported"), "{shell}: {script}");
    }
    let folder = tempfile::tempdir().unwrap();
    let man = folder.path().join("share/man1");
    assert_eq!(run(wispctl, &["man", man.to_str().unwrap()]), (Some(0), String::new(), String::new()));
    for (program, command) in commands() {
        let program = std::path::Path::new(program)
            .file_name()
            .unwrap()
            .to_str()
            .unwrap();
        let page =
            std::fs::read_to_string(man.join(format!("{program}-{}.1", command.replace(' ', "-")))).unwrap();
        assert!(page.contains("Exit codes:"), "{page}");
        assert!(man.join(format!("{program}.1")).exists());
    }
    let (code, _, stderr) = run(wispctl, &["man", "/dev/null/man"]);
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(stderr, @"error: cannot write to /dev/null/man: Not a directory (os error 20)");
}

#[test]
fn what_was_meant_is_guessed() {
    let messages = |arguments: &[&str]| run(env!("CARGO_BIN_EXE_wispctl"), arguments).2;
    insta::assert_snapshot!(messages(&["injet", "x.yaml"]), @"
error: unrecognized subcommand 'injet'

  tip: some similar subcommands exist: 'uninject', 'inject'

Usage: wispctl <COMMAND>

For more information, try '--help'.
");
    insta::assert_snapshot!(messages(&["inject", "--tenantid", "x", "x.yaml"]), @"
error: unexpected argument '--tenantid' found

  tip: a similar argument exists: '--tenant-id'

Usage: wispctl inject --tenant-id <TENANT> <FILE>...

For more information, try '--help'.
");
    insta::assert_snapshot!(messages(&["completions", "zhs"]), @"
error: invalid value 'zhs' for '<SHELL>'
  [possible values: bash, elvish, fish, powershell, zsh]

For more information, try '--help'.
");
    let messages = |arguments: &[&str]| run(env!("CARGO_BIN_EXE_wisp"), arguments).2;
    insta::assert_snapshot!(messages(&["prob"]), @"error: unknown command: `prob`; did you mean `probe`?");
    insta::assert_snapshot!(messages(&["probe", "live", "--wiat", "1m"]), @"error: unknown argument: `--wiat`; `wisp probe --help` lists them");
    insta::assert_snapshot!(messages(&["redirect", "--porrt", "1"]), @"error: unknown argument: `--porrt`; did you mean `--port`?");
}
