//! Every kernel against a slow reference that is obviously right, over random parameters and at the corners.

mod along_axes;
mod asymmetric;
mod convolutions;
mod dense;
mod element_wise;
mod enlargements;
mod moves;
mod overlapping;
mod packed;
mod pairs;
mod pools;
mod random;
mod recurrent;
mod reference;
mod requantize;
mod softmax;
