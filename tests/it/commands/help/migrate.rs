//! The help of `wispctl migrate`, and of its commands that change nothing.

use super::help;

#[test]
fn help_of_migrate() {
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
}
