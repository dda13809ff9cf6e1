//! `wisp doctor` in a pod: a healthy one gives no alarm, and of each fault that is provoked the first complaint is the right one.

mod faults;
mod healthy;
mod patient;
mod served;
mod texts;
