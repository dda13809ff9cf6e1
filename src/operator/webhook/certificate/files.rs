//! Certificates that somebody else makes, such as cert-manager: two files, which are read again and again.

use std::{fs, path::PathBuf, sync::Arc, time::Duration};

use tokio::time::sleep;

use super::{TIMEOUT, configuration::Configuration, pair::Pair, report, serving::Serving};
use crate::{
    clock::Clock,
    operator::{
        cluster::{Api, ApiError, Call, Object, Verb},
        webhook::measures::Measures,
    },
    server::LogLimiter,
    token::Secret,
};

/// How often they are read. The kubelet takes a minute and more to put a new one there.
const EVERY: Duration = Duration::from_secs(10);
/// How often while nothing is served, or what is served is not trusted.
const SOON: Duration = Duration::from_secs(1);

/// The files.
#[derive(Clone, Debug)]
pub(crate) struct FileNames {
    /// The certificate, and those between it and the authority.
    pub chain: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

impl FileNames {
    fn read(&self) -> Result<Pair, String> {
        let text = |path: &PathBuf| {
            fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
        };
        Pair::read(&text(&self.chain)?, &Secret::new(text(&self.key)?))
            .map_err(|error| format!("{} and {}: {error}", self.chain.display(), self.key.display()))
    }
}

/// The certificate in two files.
pub(crate) struct Files<A> {
    api: Arc<A>,
    clock: Arc<dyn Clock>,
    names: FileNames,
    configuration: Object,
    serving: Arc<Serving>,
    measures: Arc<Measures>,
    warned: LogLimiter,
}

impl<A: Api> Files<A> {
    /// The certificate in the files `names`, shown by `serving`, and looked for in the MutatingWebhookConfiguration
    /// `configuration`.
    pub(crate) fn new(
        api: Arc<A>,
        clock: Arc<dyn Clock>,
        names: FileNames,
        configuration: &str,
        serving: Arc<Serving>,
        measures: Arc<Measures>,
    ) -> Self {
        let configuration = Object::mutating_webhooks(configuration);
        Self { api, clock, names, configuration, serving, measures, warned: LogLimiter::default() }
    }

    /// Reads them, until it is dropped.
    pub(crate) async fn run(self) {
        loop {
            let wait = self.step().await;
            sleep(wait).await;
        }
    }

    /// Reads them once. The answer is when to read them again.
    pub(super) async fn step(&self) -> Duration {
        if let Err(error) = self.look().await {
            report(error, &self.serving, &self.measures, &self.warned);
        }
        if self.serving.readiness().is_ready() { EVERY } else { SOON }
    }

    async fn look(&self) -> Result<(), String> {
        let pair = self.names.read()?;
        let call = Call { verb: Verb::Get, object: &self.configuration, body: None, timeout: TIMEOUT };
        let (configuration, date, error) = match self.api.call(call).await {
            Ok(answer) => (Some(Configuration::new(answer.object)), answer.date, None),
            Err(ApiError::NotFound(object)) => {
                let error = format!("{object} is not there: apply the webhook's manifests");
                (Some(Configuration::new(serde_json::Value::Null)), None, Some(error))
            }
            Err(error) => (None, None, Some(error.to_string())),
        };
        let now = date.unwrap_or_else(|| self.clock.wall());
        self.serving
            .consider(&pair, configuration.as_ref(), now, Duration::ZERO);
        let waits = || {
            let configuration = configuration.as_ref()?;
            self.serving.obstacle(&pair, configuration)
        };
        error.or_else(waits).map_or(Ok(()), Err)
    }
}
