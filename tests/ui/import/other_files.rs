use tinynet::tinynet;

tinynet! {
    pub struct Pointer = "../data/pointer.tflite";
    pub struct Page = "../data/web_page.tflite";
    pub struct Empty = "../data/empty.tflite";
    pub struct Zip = "../data/zipped.tflite";
    pub struct Keras = "../data/hdf5.tflite";
    pub struct Onnx = "../data/onnx.tflite";
    pub struct Torch = "../data/pickle.tflite";
    pub struct Folder = "../data/folder.tflite";
    pub struct SavedModel = "../data/folder.tflite/saved_model.pb";
    pub struct Array = "../data/calibration.npy";
    pub struct Nameless = "../data/model";
}

fn main() {}
