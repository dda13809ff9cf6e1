//! Files and folders: found, replaced all together or not at all.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

use super::{IDENTITY, POD, stderr, stdout, wispctl};

fn run(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let arguments = [arguments, &IDENTITY].concat();
    let output = wispctl(folder, &arguments).output().unwrap();
    (output.status.code(), stderr(&output))
}

fn listing(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_folder_is_edited_in_place_and_back() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("sub")).unwrap();
    fs::write(at("sub/pod.yaml"), POD).unwrap();
    fs::write(at("service.yaml"), "kind:   Service # odd spacing\n").unwrap();
    fs::write(at("notes.txt"), "kind: Pod").unwrap();
    fs::set_permissions(at("sub/pod.yaml"), fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink("sub/pod.yaml", at("link.yaml")).unwrap();

    let (code, messages) = run(folder.path(), &["inject", "--check", "."]);
    assert_eq!(code, Some(4), "{messages}");
    assert_eq!(fs::read_to_string(at("sub/pod.yaml")).unwrap(), POD);
    let (code, messages) = run(folder.path(), &["inject", "-w", "sub", "service.yaml"]);
    assert_eq!(code, Some(0), "{messages}");
    insta::assert_snapshot!(messages, @r#"
sub/pod.yaml:1: Pod p: injected (mode redirect)
warning: sub/pod.yaml:1: image `wisp:0.1.0` has no registry in its name, and nodes look for it at docker.io/library; unless it is on the nodes already, name yours by `--image`, `wisp/image` or the variable WISP_IMAGE
1 of 1 pods changed, 1 other documents left as they are
"#);
    let injected = fs::read_to_string(at("sub/pod.yaml")).unwrap();
    assert!(injected.contains("name: wisp-init"), "{injected}");
    assert_eq!(
        fs::metadata(at("sub/pod.yaml"))
            .unwrap()
            .permissions()
            .mode()
            & 0o777,
        0o640
    );
    assert_eq!(listing(&at("sub")), ["pod.yaml"]);

    let (code, messages) = run(folder.path(), &["inject", "--check", "--require-change", "."]);
    assert_eq!(code, Some(3), "{messages}");
    let (code, _) = run(folder.path(), &["inject", "--check", "link.yaml"]);
    assert_eq!(code, Some(0));
    let output = wispctl(folder.path(), &["uninject", "--write", "link.yaml"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(at("link.yaml").is_symlink());
    assert_eq!(fs::read_to_string(at("sub/pod.yaml")).unwrap(), POD);
}

#[test]
fn one_error_keeps_all_files_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("a.yaml"), POD).unwrap();
    fs::write(at("b.yaml"), "kind: Pod\n\tx: 1\n").unwrap();
    let (code, messages) = run(folder.path(), &["inject", "-w", "."]);
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(messages, @r#"
warning: ./a.yaml:1: image `wisp:0.1.0` has no registry in its name, and nodes look for it at docker.io/library; unless it is on the nodes already, name yours by `--image`, `wisp/image` or the variable WISP_IMAGE
error: ./b.yaml:1: invalid YAML: while scanning a plain scalar, found a tab (column 7)
nothing was written
"#);
    assert_eq!(fs::read_to_string(at("a.yaml")).unwrap(), POD);
    assert_eq!(listing(folder.path()), ["a.yaml", "b.yaml"]);
    let output = wispctl(folder.path(), &[["inject", "."].as_slice(), &IDENTITY].concat())
        .output()
        .unwrap();
    assert_eq!(stdout(&output), "", "nothing is half written to a pipe either");
}

#[test]
fn a_folder_that_cannot_be_written_to_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let locked = folder.path().join("locked");
    fs::create_dir(&locked).unwrap();
    fs::write(locked.join("a.yaml"), POD).unwrap();
    fs::write(folder.path().join("b.yaml"), POD).unwrap();
    for (path, mode) in
        [(folder.path(), 0o777), (locked.as_path(), 0o555), (&folder.path().join("b.yaml"), 0o666)]
    {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }
    // Root may write everywhere, so it becomes nobody.
    let program = folder.path().join("wispctl");
    fs::copy(env!("CARGO_BIN_EXE_wispctl"), &program).unwrap();
    let id = Command::new("id").arg("-u").output().unwrap();
    let mut command = if id.stdout == b"0\n" {
        let mut command = Command::new("setpriv");
        command
            .args(["--reuid", "65534", "--regid", "65534", "--clear-groups"])
            .arg(&program);
        command
    } else {
        Command::new(&program)
    };
    let output = command
        .current_dir(folder.path())
        .args(["inject", "-w", "b.yaml", "locked"])
        .args(IDENTITY)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    insta::assert_snapshot!(stderr(&output), @r#"
warning: b.yaml:1: image `wisp:0.1.0` has no registry in its name, and nodes look for it at docker.io/library; unless it is on the nodes already, name yours by `--image`, `wisp/image` or the variable WISP_IMAGE
error: locked/a.yaml: cannot be written: Permission denied (os error 13)
nothing was written
"#);
    assert_eq!(fs::read_to_string(folder.path().join("b.yaml")).unwrap(), POD);
    assert_eq!(fs::read_to_string(locked.join("a.yaml")).unwrap(), POD);
    assert_eq!(listing(folder.path()), ["b.yaml", "locked", "wispctl"]);
}

#[test]
fn wrong_arguments_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut shown = String::new();
    for arguments in [
        ["inject", "--mode", "sidecar", "--cpu", "x", "--path", "Rollout", "x.yaml"].as_slice(),
        &["inject", "-w", "-"],
        &["uninject", "-w", "--check", "x.yaml"],
        &["inject"],
        &["inject", "--colour", "x.yaml"],
        &["uninject", "--mode", "env", "x.yaml"],
    ] {
        let output = wispctl(folder.path(), arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(64), "{arguments:?}");
        shown.push_str(&stderr(&output));
    }
    insta::assert_snapshot!(shown, @"
error: `--mode` cannot be `sidecar`: expected `redirect`, `env`, `http-proxy` or `manual`
error: `--cpu` cannot be `x`: expected a quantity such as 100m or 1
error: `--path` `Rollout`: expected KIND=PATH or KIND.GROUP=PATH, such as Rollout.argoproj.io=spec.template; in PATH, `key[*]` is each item of a list and `*` each key of a mapping
error: `--write` needs files: standard input (`-`) cannot be replaced
error: `--write` and `--check` exclude each other
error: the following required arguments were not provided:
  <FILE>...

Usage: wispctl inject <FILE>...

For more information, try '--help'.
error: unexpected argument '--colour' found

  tip: to pass '--colour' as a value, use '-- --colour'

Usage: wispctl inject [OPTIONS] <FILE>...

For more information, try '--help'.
error: unexpected argument '--mode' found

  tip: to pass '--mode' as a value, use '-- --mode'

Usage: wispctl uninject [OPTIONS] <FILE>...

For more information, try '--help'.
");
    let (code, messages) = run(folder.path(), &["inject", "missing.yaml", "."]);
    assert_eq!(code, Some(1));
    insta::assert_snapshot!(messages, @r#"
error: .: there is no file in it that ends in .yaml, .yml or .json
nothing was written
"#);
}

#[test]
fn help_names_every_choice() {
    let folder = tempfile::tempdir().unwrap();
    let help = |name: &str| stdout(&wispctl(folder.path(), &[name, "--help"]).output().unwrap());
    insta::assert_snapshot!(help("inject"), @r#"
Put wisp into the pods of manifests

Usage: wispctl inject [OPTIONS] <FILE>...

Arguments:
  <FILE>...  Files, folders (.yaml, .yml and .json in them), `-` for standard input

Options:
  -w, --write                         Replace the files, all of them or none, instead of writing to standard output
      --check                         Write nothing; exit code 4 says that something would change
      --discard-edits                 Discard what was changed by hand in the injected parts, instead of refusing
      --require-change                Exit code 3 when nothing changes
      --path <KIND=PATH>              A kind of your own and where its pod template is, such as Rollout=spec.template; may be given again
  -l, --selector <LABELS>             Which objects, by their own labels, as for kubectl [default: all]
      --output <FORM>                 Form of the report on standard error: text or json [default: text]
      --mode <MODE>                   How requests of the application get to wisp [value: `redirect`, `env`, `http-proxy` or `manual`] [default: redirect]
      --redirect <WAY>                How mode redirect does it: by nftables, by the address on `lo`, or by the first of them that works [value: `auto`, `nft` or `lo`] [default: auto]
      --image <IMAGE>                 Image of wisp [value: the reference of an image] [default: wisp:0.1.0]
      --sidecar <KIND>                Native sidecar (Kubernetes 1.29 or newer) or ordinary container [value: `native` or `container`] [default: native]
      --client-id <GUID>              Client id of the identity [value: a GUID] [default: what the workload identity webhook says]
      --tenant-id <TENANT>            Tenant of the identity [value: a tenant's GUID or its domain name] [default: what the workload identity webhook says]
      --authority <URL>               Entra cloud that issues the tokens [value: an https origin] [default: the public cloud]
      --config-map <NAME>             ConfigMap with AZURE_CLIENT_ID, AZURE_TENANT_ID and other variables of wisp [value: the name of a ConfigMap in the pod's namespace] [default: none]
      --settings-from <OBJECTS>       ConfigMaps and Secrets whose keys are variables of wisp; later ones win [value: a comma-separated list of configmap/NAME and secret/NAME] [default: none]
      --token <SOURCE>                Whose token volume the sidecar uses: its own, or that of the workload identity webhook [value: `auto`, `own` or `webhook`] [default: auto: the webhook's where the pod has its label]
      --audience <AUDIENCE>           Audience of the sidecar's own token volume [value: an audience without spaces] [default: api://AzureADTokenExchange, or api://AKSIdentityBinding where AZURE_KUBERNETES_TOKEN_PROXY is set]
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
      --skip-unsupported              Leave pods alone that wisp cannot serve, instead of refusing them
  -h, --help                          Print help

Each choice can also be made for one pod, by an annotation of its template such as `wisp/mode: env`; the annotation wins.
WISP_IMAGE in the environment is the image unless `--image` is given.
`wisp/inject: "false"` leaves a pod alone.

Examples:
  wispctl inject --mode env --client-id GUID --tenant-id GUID deployment.yaml | kubectl apply -f -
  helm template release chart | wispctl inject --config-map wisp -
  wispctl inject --write --set WISP_RESOURCES=https://vault.azure.net manifests/

Exit codes:
   0  all is well
   1  something is wrong in the manifests, and nothing was written
   3  nothing changed (with --require-change)
   4  something would change (with --check)
  64  arguments or configuration are wrong
"#);
    insta::assert_snapshot!(help("uninject"), @"
Take wisp out of the pods of manifests again

Usage: wispctl uninject [OPTIONS] <FILE>...

Arguments:
  <FILE>...  Files, folders (.yaml, .yml and .json in them), `-` for standard input

Options:
  -w, --write              Replace the files, all of them or none, instead of writing to standard output
      --check              Write nothing; exit code 4 says that something would change
      --discard-edits      Discard what was changed by hand in the injected parts, instead of refusing
      --require-change     Exit code 3 when nothing changes
      --path <KIND=PATH>   A kind of your own and where its pod template is, such as Rollout=spec.template; may be given again
  -l, --selector <LABELS>  Which objects, by their own labels, as for kubectl [default: all]
      --output <FORM>      Form of the report on standard error: text or json [default: text]
  -h, --help               Print help

Examples:
  wispctl uninject --write manifests/

Exit codes:
   0  all is well
   1  something is wrong in the manifests, and nothing was written
   3  nothing changed (with --require-change)
   4  something would change (with --check)
  64  arguments or configuration are wrong
");
}
