//! The variables that the application's containers get.

use serde_json::{Value, json};

use super::pod_uid;
use crate::operator::inject::options::{EndpointVariables, Mode, Options};

/// What is reached without `http_proxy` in every cluster.
const DIRECT: &str = "localhost,127.0.0.1,::1,.svc,.cluster.local";

/// The variables that hold hosts to be reached directly. Clients differ in which one they read.
pub(crate) const NO_PROXY: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// The variables of an application's container in `mode`, without [`NO_PROXY`], when wisp listens on `port`; in mode `env` those
/// `variables`.
pub(crate) fn variables(mode: Mode, port: u16, variables: &[EndpointVariables]) -> Vec<Value> {
    let endpoint = format!("http://127.0.0.1:{port}");
    match mode {
        Mode::Redirect | Mode::Manual => Vec::new(),
        Mode::Env => variables
            .iter()
            .flat_map(|variables| variables_of(*variables, &endpoint))
            .collect(),
        Mode::HttpProxy => vec![json!({"name": "http_proxy", "value": endpoint})],
    }
}

fn variables_of(variables: EndpointVariables, endpoint: &str) -> Vec<Value> {
    let app_service = format!("{endpoint}/msi/token");
    match variables {
        EndpointVariables::AuthorityHost => {
            vec![json!({"name": "AZURE_POD_IDENTITY_AUTHORITY_HOST", "value": endpoint})]
        }
        EndpointVariables::AppService => {
            vec![json!({"name": "IDENTITY_ENDPOINT", "value": app_service}), pod_uid("IDENTITY_HEADER")]
        }
        EndpointVariables::Msi => {
            vec![json!({"name": "MSI_ENDPOINT", "value": app_service}), pod_uid("MSI_SECRET")]
        }
    }
}

/// The hosts reached directly in mode http-proxy.
pub(crate) fn direct(options: &Options) -> String {
    match options.no_proxy.as_str() {
        "" => DIRECT.to_owned(),
        more => format!("{DIRECT},{more}"),
    }
}
