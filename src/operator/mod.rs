//! What an operator does with manifests, before anything reaches a cluster.
//!
//! - [`audit`]: what a cluster and Azure have of identities, and what is wrong with it
//! - [`cluster`]: the one module that asks an API server
//! - [`component`]: the same for Kustomize, from the injection of a placeholder pod
//! - [`doctor`]: what is wrong with a workload, from outside
//! - [`edit`]: edits of an untyped tree, made to values or written as a JSON Patch
//! - [`explain`]: what a pasted text means: a log line, an error of an SDK, an event
//! - [`identity`]: what has to exist in Azure for a service account to be an identity, and writers for it
//! - [`inject`]: what is added to a pod in each mode, as edits of an untyped tree, and how it is taken out again
//! - [`manifest`]: documents as text: taken apart, read with line numbers, edited in place
//! - [`migrate`]: the way off pod-managed identity
//! - [`pod_identity`]: the objects of AAD pod-managed identity, and whose identity a pod has by them
//! - [`policy`]: admission policies, from the injection of the same placeholder pod, and guard rails
//! - [`run`]: one run over documents in files, folders and streams: all of it or nothing
//! - [`webhook`]: the same as an admission webhook, which answers an API server
//! - [`workload`]: which objects carry pods, and where

pub(crate) mod audit;
pub(crate) mod cluster;
pub(crate) mod component;
pub(crate) mod doctor;
pub(crate) mod edit;
pub(crate) mod explain;
pub(crate) mod identity;
pub(crate) mod inject;
pub(crate) mod manifest;
pub(crate) mod migrate;
pub(crate) mod pod_identity;
pub(crate) mod policy;
pub(crate) mod run;
pub(crate) mod webhook;
pub(crate) mod workload;
