//! What is text stays text: in options, in a daemon of one's own, in the environment, and in the path of the directory.

mod environment;
mod options;
mod own;
mod places;
mod property;
