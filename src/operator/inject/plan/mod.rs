//! The plan of an injection.
//!
//! - `variables`: what containers of the application are told
//! - `sysctl`: a port that needs no privilege
//! - `webhook`: what the workload identity webhook is told
//! - `shape`: how things get into mappings and lists, whatever these were before

mod shape;
mod sysctl;
mod variables;
mod webhook;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{
    Beside, Decision, Diagnostic, Plan, additions, checks,
    container::{self, Container},
    evidence::{self, Pod},
    fit, hand_edits,
    options::REPLACED,
    options::{
        EndpointVariables, IdentityField, Mode, Options, PREFIX, Redirect, Sidecar, TOKEN_PORT, opt_in,
    },
    record::{AZWI_PROXY, Record},
    settings,
    webhook::{USE_LABEL, is_labelled},
};
use crate::operator::edit::{Edit, Step, get, join};
pub(super) use shape::label;

/// The annotation with the container that `kubectl logs` and `kubectl exec` take.
pub(super) const DEFAULT_CONTAINER: &str = "kubectl.kubernetes.io/default-container";

/// How an empty value is written after its colon; none when nobody knows.
pub(super) type Spelling<'a> = &'a dyn Fn(&[Step]) -> Option<String>;

/// Plans how wisp gets into the pod of `template`, in which it is not yet. `beside` says what stands around the pod.
pub(crate) fn inject(
    template: &Value,
    options: &Options,
    beside: Beside<'_>,
    spelling: Spelling<'_>,
) -> Result<Decision, Vec<Diagnostic>> {
    let annotations = texts(template, "annotations")?;
    let labels = texts(template, "labels")?;
    if opt_in(&annotations, &labels).map_err(|diagnostic| vec![diagnostic])? == Some(false) {
        return Ok(Decision::Skip("`wisp/inject` is `false`".to_owned()));
    }
    let chosen = options.with_annotations(&annotations)?;
    let containers = container::containers(template)?;
    let mut options = chosen.clone();
    let account = if chosen.token.is_own(&labels) && chosen.names_identity_alone() {
        evidence::account::complete(&mut options, checks::account(template), beside)?
    } else {
        None
    };
    let spec = template.get("spec").unwrap_or(&Value::Null);
    let fitted = fit::fit(&mut options, spec, beside);
    let taken = evidence::taken::complete(&mut options, template, &containers, beside);
    let pod = Pod {
        template,
        annotations: &annotations,
        labels: &labels,
        containers: &containers,
        chosen: &chosen,
        options: &options,
        beside,
    };
    let mut found = evidence::look(&pod);
    let mut draft = Draft {
        template,
        spelling,
        edits: Vec::new(),
        record: Record::default(),
        diagnostics: checks::diagnostics(template, &containers, &options),
        warnings: Vec::new(),
    };
    options.mode.name().clone_into(&mut draft.record.mode);
    env!("CARGO_PKG_VERSION").clone_into(&mut draft.record.version);
    draft.record.variables = recorded(&options);
    draft.record.token_port = (options.token_port != TOKEN_PORT).then_some(options.token_port);
    draft.variables(&containers, &options);
    draft.pod(&containers, &options, &annotations, &labels, beside);
    let mut diagnostics = draft.diagnostics;
    diagnostics.append(&mut found.diagnostics);
    if options.skip_unsupported
        && let Some(reason) = diagnostics.iter().find(|diagnostic| diagnostic.unsupported)
    {
        return Ok(Decision::Skip(reason.text.clone()));
    }
    if !diagnostics.is_empty() {
        return Err(diagnostics);
    }
    let mut warnings = checks::warnings(template, &containers, &options);
    warnings.append(&mut draft.warnings);
    warnings.append(&mut found.warnings);
    warnings.extend(fitted);
    warnings.extend(taken);
    Ok(Decision::Inject(Plan {
        edits: draft.edits,
        warnings,
        notes: found.notes,
        mode: options.mode,
        account,
    }))
}

/// What is noted of a choice among the variables of mode `env`.
fn recorded(options: &Options) -> Vec<String> {
    let names = options
        .variables
        .iter()
        .map(|variables| variables.name().to_owned());
    if options.mode == Mode::Env && options.variables != EndpointVariables::ALL {
        names.collect()
    } else {
        Vec::new()
    }
}

/// The annotations or labels of the pod.
fn texts(template: &Value, key: &str) -> Result<Map<String, Value>, Vec<Diagnostic>> {
    let at = join(&join(&[], "metadata"), key);
    match (template.get("metadata"), get(template, &at)) {
        (Some(Value::Object(_) | Value::Null) | None, None | Some(Value::Null)) => Ok(Map::new()),
        (_, Some(Value::Object(map))) => Ok(map.clone()),
        _ => Err(vec![Diagnostic::new(at, format!("`metadata.{key}` must be a mapping"))]),
    }
}

struct Draft<'a> {
    template: &'a Value,
    spelling: Spelling<'a>,
    edits: Vec<Edit>,
    record: Record,
    diagnostics: Vec<Diagnostic>,
    warnings: Vec<Diagnostic>,
}

impl Draft<'_> {
    /// Containers, volume, annotations and label.
    fn pod(
        &mut self,
        containers: &[Container<'_>],
        options: &Options,
        annotations: &Map<String, Value>,
        labels: &Map<String, Value>,
        beside: Beside<'_>,
    ) {
        let labelled = is_labelled(labels);
        let own_token = options.token.is_own(labels);
        let spec = join(&[], "spec");
        let pod = self.template.get("spec").unwrap_or(&Value::Null);
        let sidecar = additions::sidecar(options, own_token, pod);
        if own_token && options.names_identity_alone() {
            self.refuse_unnamed_identity(options, beside);
        }
        // One fault is one error: what is missing or wrong already needs no second opinion.
        if self.diagnostics.is_empty() {
            let (diagnostics, warnings) = settings::check(&sidecar, options, !own_token, annotations, beside);
            self.diagnostics.extend(diagnostics);
            self.warnings.extend(warnings);
        }
        let mut inits = Vec::new();
        if additions::is_checked(options, pod) {
            inits.push(additions::check(&sidecar));
        }
        if options.mode.redirects() {
            inits.push(additions::init(options, pod));
            if options.redirect == Redirect::Lo {
                self.open_port(&spec);
            }
        }
        let mut mains = Vec::new();
        match options.sidecar {
            Sidecar::Native => inits.push(sidecar),
            Sidecar::Container => mains.push(sidecar),
        }
        let token = own_token.then(|| additions::volume(options));
        let volumes: Vec<_> = token
            .into_iter()
            .chain(settings::additions::volume(options))
            .collect();
        self.record.written = Some(hand_edits::written([&inits, &mains, &volumes].into_iter().flatten()));
        self.items(&spec, "initContainers", inits);
        self.items(&spec, "containers", mains);
        self.items(&spec, "volumes", volumes);

        let mut new_annotations = BTreeMap::new();
        let mut new_labels = BTreeMap::new();
        if !own_token && !labelled {
            self.call(labels, &mut new_labels);
        }
        if labelled || !own_token {
            self.skip(containers, own_token, options, annotations, &mut new_annotations);
        }
        if options.sidecar == Sidecar::Container
            && !annotations.contains_key(DEFAULT_CONTAINER)
            && let Some(main) = containers.iter().find(|container| !container.is_init)
        {
            new_annotations.insert(DEFAULT_CONTAINER.to_owned(), json!(main.name));
            self.record.default_container = Some(main.name.to_owned());
        }
        if annotations.contains_key(AZWI_PROXY) {
            let at = join(&join(&[], "metadata"), "annotations");
            self.edits.push(Edit::Rename {
                at,
                from: AZWI_PROXY.to_owned(),
                to: format!("{PREFIX}{REPLACED}"),
            });
        }
        self.metadata(new_annotations, new_labels);
    }

    fn refuse_unnamed_identity(&mut self, options: &Options, beside: Beside<'_>) {
        let account = checks::account(self.template);
        let missing = |field: &IdentityField<'_>| field.required && field.value.is_none();
        for IdentityField { what, choice, .. } in options.identity().into_iter().filter(missing) {
            let annotated = evidence::account::could_say(choice, account, beside).unwrap_or_default();
            let text = format!(
                "no {what}: {annotated}give `--{choice}` or annotation `wisp/{choice}`, name a ConfigMap that has it by `--config-map` or \
                 `wisp/config-map`, or let the workload identity webhook set it by label `{USE_LABEL}: \"true\"`"
            );
            self.diagnostics
                .push(Diagnostic::new(join(&[], "spec"), text));
        }
    }
}
