//! The life of the sidecar.
