use tinynet::{Network, tinynet};

tinynet! {
    pub struct Net = "../data/model.tflite" where flash <= 32 * KIB, ram <= 4 * KIB;
}

fn most_likely<N: Network>(network: &mut N, input: &N::Input) -> usize {
    network.classify(input)
}

fn main() {
    let mut net = Net::new();
    let _ = net.infer(&[0; 5]);
    let _: fn(&mut Net, &_) -> usize = most_likely;
}
