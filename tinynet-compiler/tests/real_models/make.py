"""Writes models of real numbers: cases.npz, small ones that hold every operator, and the example networks as `.tflite` files.

    pip install tensorflow-cpu==2.19.1 tf-keras==2.19.0 numpy safetensors
    python make.py

For each case NAME of cases.npz: NAME.model, the .tflite file; NAME.input [samples, ...]; NAME.output [samples, ...], what
TensorFlow Lite's reference kernels (BUILTIN_REF) answer. The networks are those of examples/networks, weight by weight:
touch.tflite, digits.tflite, gestures.tflite; touch_float16.tflite and touch_dynamic_range.tflite store their weights in
fewer bits, two_outputs.tflite has a second answer. Models for the mistakes that users make go to tests/ui/data. The same versions give the same files.
"""

import os
import pathlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import numpy as np
import tensorflow as tf
import tf_keras
from safetensors.numpy import load_file
from tensorflow.lite.tools import flatbuffer_utils

assert tf.__version__.startswith("2.19."), tf.__version__

HERE = pathlib.Path(__file__).resolve().parent
NETWORKS = HERE.parents[2] / "examples" / "networks"
SAMPLES = 6

layers = tf.keras.layers


def convert(model, weights=None):
    """The file of a Keras model; `weights` says how they are stored where not as float32."""
    shape = [1, *model.input_shape[1:]]
    function = tf.function(lambda x: model(x, training=False))
    return convert_function(function, shape, weights)


def convert_function(function, shape, weights=None):
    concrete = tf.function(function).get_concrete_function(tf.TensorSpec(shape, tf.float32, name="input"))
    converter = tf.lite.TFLiteConverter.from_concrete_functions([concrete], function)
    if weights is not None:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if weights == "float16":
        converter.target_spec.supported_types = [tf.float16]
    return converter.convert()


def bare(file):
    """A model without names, and what is said about it."""
    model = flatbuffer_utils.convert_bytearray_to_object(bytearray(file))
    model.description, model.metadata, model.signatureDefs, model.metadataBuffer = None, [], [], None
    used = {tensor.buffer for subgraph in model.subgraphs for tensor in subgraph.tensors}
    for index, buffer in enumerate(model.buffers):
        if index not in used:
            buffer.data = None
    for subgraph in model.subgraphs:
        subgraph.name = None
        for tensor in subgraph.tensors:
            tensor.name, tensor.shapeSignature = None, None
    return bytes(flatbuffer_utils.convert_object_to_bytearray(model))


def answers(file, inputs):
    """What the reference kernels answer; ELU has no reference kernel of its own."""
    types = tf.lite.experimental.OpResolverType
    try:
        interpreter = tf.lite.Interpreter(model_content=file, experimental_op_resolver_type=types.BUILTIN_REF)
        interpreter.allocate_tensors()
    except (RuntimeError, ValueError):
        interpreter = tf.lite.Interpreter(
            model_content=file, experimental_op_resolver_type=types.BUILTIN_WITHOUT_DEFAULT_DELEGATES
        )
        interpreter.allocate_tensors()
    place, result = interpreter.get_input_details()[0]["index"], interpreter.get_output_details()[0]["index"]
    outputs = []
    for sample in inputs:
        # Each is the first: there is nothing to remember.
        interpreter.reset_all_variables()
        interpreter.set_tensor(place, sample[None])
        interpreter.invoke()
        outputs.append(interpreter.get_tensor(result).copy().astype(np.float32).reshape(-1))
    return np.stack(outputs)


class Cases:
    def __init__(self):
        self.random = np.random.default_rng(2019)
        self.arrays = {}

    def constant(self, *shape, low=-1.0, high=1.0):
        return tf.constant(self.random.uniform(low, high, shape).astype(np.float32))

    def apart(self, shape, axis):
        """Values along an axis none of which is near another: in integers they have the same order."""
        length = shape[axis]
        rows = [self.random.permutation(length) for _ in range(SAMPLES * int(np.prod(shape)) // length)]
        values = np.float32(rows).reshape(SAMPLES, *np.delete(shape, axis), length) / np.float32(length) * 4 - 2
        return np.ascontiguousarray(np.moveaxis(values, -1, axis + 1))

    def add(self, name, shape, function, low=-2.0, high=2.0, weights=None, inputs=None):
        """A model of one function of an input of a shape, which has a batch of 1."""
        self.add_file(name, shape, convert_function(function, [1, *shape], weights), low, high, inputs)

    def add_file(self, name, shape, file, low=-2.0, high=2.0, inputs=None):
        file = bare(file)
        if inputs is None:
            inputs = self.random.uniform(low, high, [SAMPLES, *shape]).astype(np.float32)
        self.arrays[f"{name}.model"] = np.frombuffer(file, np.uint8)
        self.arrays[f"{name}.input"] = inputs
        self.arrays[f"{name}.output"] = answers(file, inputs)


def linear(cases):
    c = cases.constant
    nn = tf.nn
    w, b = c(3, 3, 2, 4), c(4)
    cases.add("CONV_2D/same", [6, 5, 2], lambda x: nn.conv2d(x, w, 1, "SAME") + b)
    cases.add("CONV_2D/stride_relu", [7, 6, 2], lambda x: nn.relu(nn.conv2d(x, w, 2, "SAME") + b))
    cases.add("CONV_2D/valid_relu6", [6, 6, 2], lambda x: nn.relu6(3 * nn.conv2d(x, w, 1, "VALID") + b))
    cases.add("CONV_2D/dilated", [9, 8, 2], lambda x: nn.conv2d(x, w, 1, "VALID", dilations=2) + b)
    cases.add("CONV_2D/no_bias", [4, 4, 2], lambda x: nn.conv2d(x, w, 1, "SAME"))
    cases.add("CONV_2D/behind_pad", [5, 5, 2], lambda x: nn.conv2d(tf.pad(x, [[0, 0], [1, 2], [2, 1], [0, 0]]), w, 2, "VALID") + b)
    grouped = c(3, 3, 2, 6)
    cases.add("CONV_2D/groups", [5, 5, 4], lambda x: nn.conv2d(x, grouped, 1, "SAME"))
    along = c(5, 3, 4)
    cases.add("CONV_2D/along_a_sequence", [12, 3], lambda x: nn.relu(nn.conv1d(x, along, 2, "SAME")))
    d1, d2, b1, b2 = c(3, 3, 3, 1), c(3, 2, 3, 2), c(3), c(6)
    cases.add("DEPTHWISE_CONV_2D/one", [6, 6, 3], lambda x: nn.relu6(nn.depthwise_conv2d(x, d1, [1, 1, 1, 1], "SAME") + b1))
    cases.add("DEPTHWISE_CONV_2D/two", [7, 6, 3], lambda x: nn.depthwise_conv2d(x, d2, [1, 2, 2, 1], "SAME") + b2)
    m, v = c(8, 5), c(5)
    cases.add("FULLY_CONNECTED/bias", [8], lambda x: x @ m + v)
    cases.add("FULLY_CONNECTED/hard_tanh", [8], lambda x: tf.clip_by_value(x @ m + v, -1.0, 1.0))
    cases.add("FULLY_CONNECTED/clipped", [8], lambda x: tf.clip_by_value(x @ m + v, -0.5, 1.5))
    cases.add("FULLY_CONNECTED/tanh", [8], lambda x: tf.tanh(x @ m))
    cases.add("FULLY_CONNECTED/flattened", [2, 2, 2], lambda x: tf.reshape(x, [1, 8]) @ m + v)
    cases.add("FULLY_CONNECTED/rows", [3, 8], lambda x: tf.reshape(nn.relu(tf.reshape(x, [3, 8]) @ m + v), [1, 3, 5]))
    dense = layers.Dense(5, kernel_initializer=tf.keras.initializers.RandomNormal(seed=1))
    dense.build([1, 3, 4, 8])
    cases.add("FULLY_CONNECTED/keep_axes", [3, 4, 8], lambda x: dense(x))
    many, bias = c(64, 40), c(40)
    cases.add("FULLY_CONNECTED/float16", [64], lambda x: x @ many + bias, weights="float16")
    cases.add("FULLY_CONNECTED/dynamic_range", [64], lambda x: x @ many + bias, weights="dynamic_range")
    wide = c(3, 3, 16, 24)
    cases.add("CONV_2D/float16", [5, 5, 16], lambda x: nn.conv2d(x, wide, 1, "SAME"), weights="float16")
    cases.add("CONV_2D/dynamic_range", [5, 5, 16], lambda x: nn.conv2d(x, wide, 1, "SAME"), weights="dynamic_range")


def windows(cases):
    nn = tf.nn
    for name, padding, size, stride in [("same", "SAME", 3, 2), ("valid", "VALID", 2, 2), ("overlap", "SAME", 2, 1)]:
        cases.add(f"MAX_POOL_2D/{name}", [7, 6, 3], lambda x: nn.max_pool2d(x, size, stride, padding))
        cases.add(f"AVERAGE_POOL_2D/{name}", [7, 6, 3], lambda x: nn.avg_pool2d(x, size, stride, padding))
    cases.add("MAX_POOL_2D/along_a_sequence", [9, 4], lambda x: nn.max_pool1d(x, 3, 2, "VALID"))
    cases.add("MEAN/image", [4, 5, 3], lambda x: tf.reduce_mean(x, [1, 2]))
    cases.add("MEAN/kept", [4, 5, 3], lambda x: tf.reduce_mean(x, [1, 2], keepdims=True))
    cases.add("MEAN/height", [4, 5, 3], lambda x: tf.reduce_mean(x, 1))
    cases.add("MEAN/width", [4, 5, 3], lambda x: tf.reduce_mean(x, -2))
    cases.add("MEAN/sequence", [6, 3], lambda x: tf.reduce_mean(x, 1))
    cases.add("SUM/image", [4, 5, 3], lambda x: tf.reduce_sum(x, [1, 2]))
    cases.add("REDUCE_MAX/image", [4, 5, 3], lambda x: tf.reduce_max(x, [1, 2]))
    cases.add("REDUCE_MAX/sequence", [6, 3], lambda x: tf.reduce_max(x, 1))
    cases.add("PAD/image", [3, 4, 2], lambda x: tf.pad(x, [[0, 0], [1, 0], [2, 1], [0, 0]]))
    cases.add("PAD/sequence", [5, 2], lambda x: tf.pad(x, [[0, 0], [2, 1], [0, 0]]))
    cases.add("PADV2/image", [3, 4, 2], lambda x: tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]], constant_values=-0.75))


def functions(cases):
    nn, shape = tf.nn, [3, 4, 2]
    hard_swish = lambda x: x * nn.relu6(x + 3.0) * np.float32(1 / 6)
    leaky = lambda x: nn.leaky_relu(x, 0.125)
    exact_gelu = lambda x: nn.gelu(x, approximate=False)
    fast_gelu = lambda x: nn.gelu(x, approximate=True)
    for name, function in [
        ("RELU/all", nn.relu), ("LEAKY_RELU/all", leaky), ("ELU/all", nn.elu), ("GELU/erf", exact_gelu),
        ("GELU/tanh", fast_gelu), ("TANH/all", tf.tanh), ("LOGISTIC/all", tf.sigmoid), ("HARD_SWISH/all", hard_swish),
        ("ABS/all", tf.abs), ("NEG/all", tf.negative), ("EXP/all", tf.exp), ("SQUARE/all", tf.square),
        ("SIN/all", tf.sin), ("COS/all", tf.cos), ("SILU/all", nn.silu),
    ]:
        cases.add(name, shape, function)
    cases.add("RELU6/all", shape, nn.relu6, low=-8, high=8)
    for name, function in [("SQRT", tf.sqrt), ("RSQRT", tf.math.rsqrt), ("LOG", tf.math.log)]:
        cases.add(f"{name}/all", shape, function, low=0.25, high=4.0)
    cases.add("SOFTMAX/vector", [7], nn.softmax)
    cases.add("SOFTMAX/rows", [3, 5], nn.softmax)
    cases.add("ARG_MAX/vector", [7], lambda x: tf.argmax(x, -1))
    slopes = cases.constant(2)
    prelu = layers.PReLU(shared_axes=[1, 2], alpha_initializer=tf.constant_initializer(slopes.numpy()))
    prelu.build([1, *shape])
    cases.add("PRELU/channels", shape, lambda x: prelu(x))


def pairs(cases):
    c, shape = cases.constant, [3, 4, 2]
    channels, number = c(2), 0.375
    for name, operate in [("ADD", tf.add), ("SUB", tf.subtract), ("MUL", tf.multiply)]:
        cases.add(f"{name}/tensors", shape, lambda x: operate(tf.tanh(x), tf.sigmoid(x)))
        cases.add(f"{name}/channels", shape, lambda x: operate(x, channels))
        cases.add(f"{name}/channels_first", shape, lambda x: operate(channels, x))
        cases.add(f"{name}/number", shape, lambda x: operate(number, x))
        cases.add(f"{name}/relu", shape, lambda x: tf.nn.relu(operate(tf.sigmoid(x), tf.tanh(x))))
    cases.add("ADD/fewer_axes", [5], lambda x: tf.reshape(tf.abs(x), [5]) + tf.tanh(x))
    cases.add("MUL/squeeze_and_excite", shape, lambda x: x * tf.sigmoid(tf.reduce_mean(x, [1, 2], keepdims=True)))
    cases.add("DIV/channels", shape, lambda x: x / (channels + 2.0))
    cases.add("MAXIMUM/number", shape, lambda x: tf.maximum(x, -0.5))
    cases.add("MINIMUM/number", shape, lambda x: tf.minimum(x, 0.25))


def shapes(cases):
    cases.add("RESHAPE/image", [4, 6], lambda x: tf.nn.max_pool2d(tf.reshape(x, [1, 2, 4, 3]), 2, 2, "VALID"))
    cases.add("EXPAND_DIMS/axis", [5], lambda x: tf.expand_dims(tf.abs(x), 1))
    cases.add("SQUEEZE/axis", [1, 1, 5], lambda x: tf.squeeze(tf.abs(x), [1, 2]))
    cases.add("CONCATENATION/channels", [3, 4, 2], lambda x: tf.concat([tf.abs(x), tf.tanh(x), x], -1))
    cases.add("CONCATENATION/height", [3, 4, 2], lambda x: tf.concat([tf.abs(x), tf.tanh(x)], 1))
    cases.add("CONCATENATION/vector", [5], lambda x: tf.concat([tf.abs(x), tf.tanh(x)], 1))
    image, absolute = [4, 6, 8], tf.abs
    cases.add("TRANSPOSE/channels_first", image, lambda x: tf.transpose(absolute(x), [0, 3, 1, 2]))
    cases.add("TRANSPOSE/input", [2, 5, 6], lambda x: tf.nn.max_pool2d(tf.transpose(x, [0, 2, 3, 1]), 2, 2, "VALID"))
    cases.add("SLICE/middle", image, lambda x: tf.slice(absolute(x), [0, 1, 2, 3], [1, 2, -1, 4]))
    cases.add("STRIDED_SLICE/steps", image, lambda x: absolute(x)[:, ::2, 5:1:-2, 1:])
    cases.add("STRIDED_SLICE/last", [6, 4], lambda x: absolute(x)[:, -1])
    cases.add("SPLIT/gate", image, lambda x: (lambda a, b: a * tf.sigmoid(b))(*tf.split(x, 2, -1)))
    cases.add("SPLIT_V/parts", image, lambda x: (lambda a, b: tf.concat([b, tf.tanh(a)], 1))(*tf.split(x, [1, 3], 1)))
    cases.add("UNPACK/sum", [3, 4], lambda x: (lambda a, b, c: a + tf.tanh(b) * c)(*tf.unstack(x, axis=1)))
    cases.add("SPACE_TO_DEPTH/two", image, lambda x: tf.nn.space_to_depth(absolute(x), 2))
    cases.add("DEPTH_TO_SPACE/two", image, lambda x: tf.nn.depth_to_space(absolute(x), 2))


def enlargements(cases):
    """Images of another size, and transposed convolutions."""
    c, nn = cases.constant, tf.nn
    resize = tf.compat.v1.image
    cases.add("RESIZE_NEAREST_NEIGHBOR/double", [3, 4, 2], lambda x: tf.image.resize(tf.tanh(x), [6, 8], "nearest"))
    cases.add("RESIZE_NEAREST_NEIGHBOR/aligned", [5, 4, 2], lambda x: resize.resize_nearest_neighbor(x, [7, 9], align_corners=True))
    cases.add("RESIZE_BILINEAR/double", [3, 4, 2], lambda x: tf.image.resize(tf.tanh(x), [6, 8]))
    cases.add("RESIZE_BILINEAR/aligned", [3, 4, 2], lambda x: resize.resize_bilinear(x, [5, 7], align_corners=True))
    cases.add("RESIZE_BILINEAR/plain", [5, 6, 3], lambda x: resize.resize_bilinear(x, [3, 4]))
    w, b, one, last = c(3, 3, 4, 3), c(4), c(3, 3, 2, 3), c(4, low=0.2, high=2.0)
    cases.add("TRANSPOSE_CONV/same", [4, 5, 3], lambda x: nn.conv2d_transpose(x, w, [1, 8, 10, 4], 2, "SAME") + b)
    cases.add("TRANSPOSE_CONV/valid_relu", [4, 5, 3], lambda x: nn.relu(nn.conv2d_transpose(x, w, [1, 9, 11, 4], 2, "VALID") + b))
    cases.add("TRANSPOSE_CONV/no_bias", [3, 4, 3], lambda x: nn.conv2d_transpose(x, w, [1, 5, 7, 4], 2, "SAME"))
    cases.add("TRANSPOSE_CONV/stride_1", [3, 4, 3], lambda x: nn.conv2d_transpose(x, w, [1, 3, 4, 4], 1, "SAME") + b)
    cases.add("TRANSPOSE_CONV/tanh", [3, 4, 3], lambda x: tf.tanh(nn.conv2d_transpose(x, w, [1, 6, 8, 4], 2, "SAME")))
    images = lambda x: tf.image.resize(nn.conv2d_transpose(nn.relu(nn.conv2d(x, one, 1, "SAME")), w, [1, 8, 8, 4], 2, "SAME") + b, [9, 11])
    cases.add("TRANSPOSE_CONV/enlarged", [4, 4, 2], lambda x: tf.image.resize(images(x), [12, 12], "nearest"))
    cases.add("LOG_SOFTMAX/vector", [7], nn.log_softmax, low=-5, high=5)
    cases.add("LOG_SOFTMAX/rows", [3, 5], lambda x: nn.log_softmax(tf.reshape(x, [1, 3, 5]) * 2.0))
    factor, summand = c(3, low=0.2, high=2.0), c(3)
    between = lambda x: nn.relu(nn.conv2d(x, one, 1, "SAME")) * factor + summand
    cases.add("TRANSPOSE_CONV/behind_norm", [4, 4, 2], lambda x: nn.conv2d_transpose(between(x), w, [1, 8, 8, 4], 2, "SAME") * last + b)


def other_axes(cases):
    """Operators along any axis, and of tensors that repeat."""
    c, image = cases.constant, [2, 3, 4]
    for name, operate in [("MEAN", tf.reduce_mean), ("SUM", tf.reduce_sum), ("REDUCE_MAX", tf.reduce_max), ("REDUCE_MIN", tf.reduce_min)]:
        cases.add(f"{name}/channels", image, lambda x: operate(x, -1))
        cases.add(f"{name}/apart", image, lambda x: operate(x, [1, 3], keepdims=True))
        cases.add(f"{name}/all", image, lambda x: operate(x, [1, 2, 3]))
    cases.add("REDUCE_MIN/relu", image, lambda x: tf.reduce_min(tf.nn.relu(x + 1.0), [1, 2]))
    cases.add("ARG_MAX/channels", image, lambda x: tf.argmax(x, -1), inputs=cases.apart(image, 2))
    cases.add("ARG_MIN/vector", [150], lambda x: tf.argmin(x, -1), inputs=cases.apart([150], 0))
    cases.add("ARG_MIN/height", image, lambda x: tf.argmin(x, 1), inputs=cases.apart(image, 0))
    row, pixels, whole = c(4), c(2, 3, 1), c(2, 3, 4)
    for name, operate in [
        ("ADD", tf.add), ("SUB", tf.subtract), ("MUL", tf.multiply), ("MAXIMUM", tf.maximum), ("MINIMUM", tf.minimum),
        ("SQUARED_DIFFERENCE", tf.math.squared_difference),
    ]:
        # Each model holds several, for there to be fewer.
        cases.add(f"{name}/same", image, lambda x: operate(operate(tf.tanh(x), tf.abs(x)), row))
        cases.add(f"{name}/repeats", image, lambda x: operate(operate(tf.reduce_max(x, 1, keepdims=True), x), tf.reduce_mean(x, [1, 2], keepdims=True)))
        cases.add(f"{name}/outer", image, lambda x: operate(tf.reduce_max(x, 1, keepdims=True), tf.reduce_min(x, 2, keepdims=True)))
        cases.add(f"{name}/constants", image, lambda x: operate(whole, operate(x, pixels)))
        cases.add(f"{name}/grown", [1, 1, 4], lambda x: operate(x, whole))
    cases.add("DIV/pixels", image, lambda x: x / (pixels + 2.0))
    prelu = layers.PReLU(alpha_initializer=tf.constant_initializer(whole.numpy()))
    prelu.build([1, *image])
    cases.add("PRELU/whole", image, lambda x: prelu(x))
    for mode in ["REFLECT", "SYMMETRIC"]:
        cases.add(f"MIRROR_PAD/{mode}", image, lambda x: tf.pad(x, [[0, 0], [1, 0], [2, 1], [0, 1]], mode))
    cases.add("PAD/channels", image, lambda x: tf.pad(x, [[0, 0], [0, 0], [0, 0], [1, 2]]))
    cases.add("PAD/all", image, lambda x: tf.pad(x, [[0, 0], [1, 0], [0, 2], [2, 1]]))
    cases.add("PADV2/vector", [5], lambda x: tf.pad(x, [[0, 0], [2, 1]], constant_values=0.5))
    cases.add("GATHER/rows", image, lambda x: tf.gather(x, [1, 0, 1], axis=1))
    cases.add("PACK/last", image, lambda x: tf.stack([x, tf.abs(x), tf.tanh(x)], -1))
    cases.add("PACK/first", image, lambda x: tf.stack([x, tf.abs(x)], 1))
    cases.add("CONCATENATION/batches", image, lambda x: tf.concat([x, tf.abs(x)], 0))
    cases.add("SPACE_TO_BATCH_ND/padded", image, lambda x: tf.space_to_batch(x, [3, 2], [[1, 0], [0, 1]]))
    cases.add("BATCH_TO_SPACE_ND/cropped", image, lambda x: tf.batch_to_space(tf.tanh(tf.space_to_batch(x, [2, 3], [[0, 0], [1, 2]])), [2, 3], [[1, 0], [0, 1]]))
    cases.add("TRANSPOSE/five", [2, 3, 2, 4], lambda x: tf.transpose(x, [0, 4, 2, 1, 3]))
    for name, function in [("CEIL", tf.math.ceil), ("FLOOR", tf.floor), ("SIGN", tf.sign)]:
        # None is at a step, on the other side of which its integer could be.
        cases.add(f"{name}/all", image, function, inputs=cases.apart(image, 2) * 5 + 0.5)


def recurrent(cases):
    """Long short-term memories, which the converter makes one operator of where Keras has one layer."""

    # The converter knows the layer of Keras 2.
    layers, Model = tf_keras.layers, tf_keras.Model

    def lstm(name, steps, inputs, *rest):
        x = tf_keras.Input([steps, inputs], batch_size=1)
        y = layers.LSTM(5, return_sequences=True)(x)
        for layer in rest:
            y = layer(y)
        model = Model(x, y)
        model.set_weights([cases.random.normal(0, 0.6, w.shape).astype(np.float32) for w in model.get_weights()])
        file = tf.lite.TFLiteConverter.from_keras_model(model).convert()
        cases.add_file(f"UNIDIRECTIONAL_SEQUENCE_LSTM/{name}", [steps, inputs], file)

    lstm("sequence", 6, 3)
    lstm("dense", 3, 4, layers.Dense(2))
    lstm("two", 4, 3, layers.LSTM(4, return_sequences=True))


def network(*members):
    """A Keras model from a shape, layers and their weights."""
    model = tf.keras.Sequential([tf.keras.Input(members[0], batch_size=1)] + [layer for layer, _ in members[1:]])
    for layer, weights in members[1:]:
        if weights:
            layer.set_weights(weights)
    return model


def touch():
    """Weights of PyTorch: OIHW, and rows of the first Dense channels first."""
    w = load_file(NETWORKS / "touch" / "weights.safetensors")
    fc1 = w["fc1.weight"].reshape(32, 8, 4, 4).transpose(2, 3, 1, 0).reshape(128, 32)
    return network(
        [8, 8, 1],
        (layers.Conv2D(8, 3, padding="same", activation="relu"), [w["conv1.weight"].transpose(2, 3, 1, 0), w["conv1.bias"]]),
        (layers.MaxPooling2D(2), None),
        (layers.Flatten(), None),
        (layers.Dense(32), [fc1, w["fc1.bias"]]),
        (layers.Lambda(lambda x: tf.clip_by_value(x, -1.0, 1.0)), None),
        (layers.Dense(10), [w["fc2.weight"].T, w["fc2.bias"]]),
    )


def digits():
    w = np.load(NETWORKS / "digits" / "weights.npz")
    return network(
        [64],
        (layers.Dense(16), [w["fc1.kernel"], w["fc1.bias"]]),
        (layers.Lambda(lambda x: tf.clip_by_value(x, -1.0, 1.0)), None),
        (layers.Dense(10), [w["fc2.kernel"], w["fc2.bias"]]),
    )


def gestures():
    w = np.load(NETWORKS / "gestures" / "weights.npz")
    convolution = lambda name: [w[f"{name}.weight"].transpose(2, 1, 0), w[f"{name}.bias"]]
    norm = lambda name: [w[f"{name}.{part}"] for part in ["weight", "bias", "running_mean", "running_var"]]
    return network(
        [50, 6],
        (layers.Conv1D(16, 5, padding="same"), convolution("conv1")),
        (layers.BatchNormalization(epsilon=1e-5), norm("bn1")),
        (layers.ReLU(), None),
        (layers.MaxPooling1D(2), None),
        (layers.Conv1D(24, 5, padding="same"), convolution("conv2")),
        (layers.BatchNormalization(epsilon=1e-5), norm("bn2")),
        (layers.ReLU(), None),
        (layers.GlobalAveragePooling1D(), None),
        (layers.Dense(7), [w["fc1.weight"].T, w["fc1.bias"]]),
    )


def two_outputs():
    """The touch pad's network, and how much ink there is."""
    network = touch()
    ink = layers.GlobalAveragePooling2D()(network.inputs[0])
    return tf.keras.Model(network.inputs, [network.outputs[0], ink])


def mistakes(folder):
    """Small models: as they should be, and as no network can be made of them."""
    random = np.random.default_rng(7)
    weights = random.uniform(-1, 1, [3, 2]).astype(np.float32)
    dense = lambda x: tf.nn.relu(x @ weights)
    not_finite = np.where(weights == weights.max(), np.float32("nan"), weights)
    (folder / "float.tflite").write_bytes(convert_function(dense, [1, 3]))
    (folder / "float_not_finite.tflite").write_bytes(convert_function(lambda x: x @ not_finite, [1, 3]))
    turned = lambda x: tf.cumsum(tf.nn.log_softmax(tf.reverse(tf.tanh(x), [1])), 1)
    (folder / "float_unsupported.tflite").write_bytes(convert_function(turned, [1, 3, 2]))
    left, right = tf.keras.Input([3], batch_size=1), tf.keras.Input([3], batch_size=1)
    two = tf.lite.TFLiteConverter.from_keras_model(tf.keras.Model([left, right], left + right))
    (folder / "float_two_inputs.tflite").write_bytes(two.convert())
    # There is no int8 sine: it stays real, and no QUANTIZE says which int8s its values would be.
    for name, network in [("integers", dense), ("integers_sine", lambda x: tf.sin(x @ weights))]:
        function = tf.function(network).get_concrete_function(tf.TensorSpec([1, 3], tf.float32, name="input"))
        converter = tf.lite.TFLiteConverter.from_concrete_functions([function], network)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: ([random.uniform(-1, 1, [1, 3]).astype(np.float32)] for _ in range(8))
        converter.inference_input_type = tf.int8
        if name == "integers":
            converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
            converter.inference_output_type = tf.int8
        (folder / f"{name}.tflite").write_bytes(converter.convert())


def main():
    mistakes(NETWORKS.parents[1] / "tests" / "ui" / "data")
    cases = Cases()
    for family in [linear, windows, functions, pairs, shapes, enlargements, other_axes, recurrent]:
        family(cases)
    np.savez_compressed(HERE / "cases.npz", **cases.arrays)
    for name, model in [("touch", touch()), ("digits", digits()), ("gestures", gestures())]:
        (HERE / f"{name}.tflite").write_bytes(convert(model))
    # What the test `real_models` of the facade compiles.
    (HERE / "enlarged.tflite").write_bytes(cases.arrays["TRANSPOSE_CONV/enlarged.model"].tobytes())
    np.save(HERE / "enlarged.npy", cases.arrays["TRANSPOSE_CONV/enlarged.input"])
    (HERE / "remembering.tflite").write_bytes(cases.arrays["UNIDIRECTIONAL_SEQUENCE_LSTM/dense.model"].tobytes())
    np.save(HERE / "remembering.npy", cases.arrays["UNIDIRECTIONAL_SEQUENCE_LSTM/dense.input"])
    (HERE / "repeating.tflite").write_bytes(cases.arrays["SQUARED_DIFFERENCE/repeats.model"].tobytes())
    np.save(HERE / "repeating.npy", cases.arrays["SQUARED_DIFFERENCE/repeats.input"])
    (HERE / "two_outputs.tflite").write_bytes(convert(two_outputs()))
    for weights in ["float16", "dynamic_range"]:
        (HERE / f"touch_{weights}.tflite").write_bytes(convert(touch(), weights))


main()
