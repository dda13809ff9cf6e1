//! Injection at admission: an API server sends each new pod, and gets the plan of [`inject`](super::inject) as a JSON Patch.
//!
//! - `review`: AdmissionReview as it comes and is answered; `warnings`: what kubectl shows of it
//! - `admission`: what is answered; `lookups`: what stands beside the pod in the cluster; `outcome`: what that came to, in one word
//! - `adoption`: pods of pod-managed identity, and the identities that they get
//! - `handler`: reviews over HTTP; `measures`: what is counted
//! - `run`: all of it as one program; `admin`: its probes and metrics
//! - `certificate`: what the API server is shown, and whether it is trusted there

mod admin;
mod admission;
mod adoption;
mod certificate;
mod handler;
mod lookups;
mod measures;
mod outcome;
mod review;
mod run;
#[cfg(test)]
mod tests;
mod warnings;

pub(crate) use adoption::ADOPT;
pub(crate) use adoption::AdoptionConfig;
pub(crate) use certificate::{FileNames, Names, host_names, trusts_chain};
pub(crate) use run::{CertificateSource, Config, run};

/// For tests of whole command lines.
#[cfg(test)]
pub(crate) mod testing {
    pub(crate) use super::{admission::Admission, review::read as read_review};
}
