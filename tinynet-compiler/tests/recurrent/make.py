"""Writes cases.npz: small int8 models with a state, inputs, and what TensorFlow Lite answers to one after another.

    pip install tensorflow-cpu==2.19.1 numpy
    python make.py

For each case NAME: NAME.model, the .tflite file; NAME.input [samples, ...]; NAME.output [samples, ...], made by the
resolver BUILTIN_REF, which keeps the state from sample to sample. The same seed gives the same archive. Some are written
to tests/states of the whole package, too, as files: NAME.tflite, NAME.input, NAME.output.
"""

import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""
import warnings

warnings.simplefilter("ignore")

import numpy as np
import tensorflow as tf
from tensorflow.lite.python import schema_py_generated as schema
from tensorflow.lite.tools import flatbuffer_utils

assert tf.__version__.startswith("2.19."), tf.__version__

BUILTIN = schema.BuiltinOperator
TYPE = schema.TensorType
DTYPES = {TYPE.INT8: np.int8, TYPE.INT16: np.int16, TYPE.INT32: np.int32}


class Tensor:
    def __init__(self, shape, scale=None, zero_point=0, data=None, type=TYPE.INT8, variable=False):
        self.shape, self.scale, self.zero_point, self.type = list(shape), scale, zero_point, type
        self.variable = variable
        self.data = None if data is None else np.asarray(data, DTYPES[type]).reshape(self.shape)


class Operator:
    def __init__(self, code, options, inputs, outputs, intermediates=(), version=1):
        self.code, self.options, self.inputs, self.outputs = code, options, inputs, outputs
        self.intermediates, self.version = intermediates, version


def options(name, **fields):
    table = getattr(schema, name + "T")()
    for field, value in fields.items():
        assert hasattr(table, field), field
        setattr(table, field, value)
    return getattr(schema.BuiltinOptions, name), table


def model(*graphs):
    """The file of a model; each graph is its inputs, its outputs and its operators."""
    whole = schema.ModelT()
    whole.version, whole.subgraphs, whole.buffers, whole.operatorCodes = 3, [], [schema.BufferT()], []
    for inputs, outputs, operators in graphs:
        subgraph, place = schema.SubGraphT(), {}
        subgraph.tensors, subgraph.operators = [], []

        def index(tensor):
            if tensor is None:
                return -1
            if id(tensor) not in place:
                written = schema.TensorT()
                written.shape, written.type, written.buffer = tensor.shape, tensor.type, 0
                written.isVariable, written.name = tensor.variable, f"t{len(place)}"
                if tensor.data is not None:
                    written.buffer = len(whole.buffers)
                    buffer = schema.BufferT()
                    buffer.data = np.frombuffer(tensor.data.tobytes(), np.uint8)
                    whole.buffers.append(buffer)
                if tensor.scale is not None:
                    written.quantization = schema.QuantizationParametersT()
                    written.quantization.scale = np.array([tensor.scale], np.float32)
                    written.quantization.zeroPoint = np.array([tensor.zero_point], np.int64)
                place[id(tensor)] = len(place)
                subgraph.tensors.append(written)
            return place[id(tensor)]

        for operator in operators:
            code = schema.OperatorCodeT()
            code.builtinCode, code.deprecatedBuiltinCode = operator.code, min(operator.code, 127)
            code.version = operator.version
            written = schema.OperatorT()
            written.opcodeIndex = len(whole.operatorCodes)
            whole.operatorCodes.append(code)
            written.inputs = [index(tensor) for tensor in operator.inputs]
            written.outputs = [index(tensor) for tensor in operator.outputs]
            written.intermediates = [index(tensor) for tensor in operator.intermediates]
            if operator.options is not None:
                written.builtinOptionsType, written.builtinOptions = operator.options
            subgraph.operators.append(written)
        subgraph.inputs = [index(tensor) for tensor in inputs]
        subgraph.outputs = [index(tensor) for tensor in outputs]
        whole.subgraphs.append(subgraph)
    return bytes(flatbuffer_utils.convert_object_to_bytearray(whole))


class Cases:
    def __init__(self, seed):
        self.random, self.arrays, self.files = np.random.default_rng(seed), {}, {}

    def bytes(self, shape, low=-128):
        return self.random.integers(low, 128, shape).astype(np.int8)

    def weights(self, shape, scale=None):
        scale = np.float32(2.0 ** self.random.uniform(-8, -5)) if scale is None else scale
        return Tensor(shape, scale, 0, self.bytes(shape, -127))

    def add(self, name, written, samples=6):
        interpreter = tf.lite.Interpreter(
            model_content=written, experimental_op_resolver_type=tf.lite.experimental.OpResolverType.BUILTIN_REF
        )
        interpreter.allocate_tensors()
        [fed], reads = interpreter.get_input_details(), interpreter.get_output_details()
        inputs = self.bytes([samples, *fed["shape"]])
        # Some that are steady.
        inputs[samples // 2 :] = np.clip(inputs[samples // 2 :] // 8 + 20, -128, 127)
        outputs = []
        for sample in inputs:
            interpreter.set_tensor(fed["index"], sample)
            interpreter.invoke()
            outputs.append(np.concatenate([interpreter.get_tensor(read["index"]).ravel() for read in reads]))
        outputs = np.stack(outputs)
        assert len(np.unique(outputs)) > 8, (name, np.unique(outputs))
        self.files[name] = written, inputs, outputs
        self.arrays |= {
            name + ".model": np.frombuffer(written, np.uint8),
            name + ".input": inputs,
            name + ".output": outputs,
        }


def lstm(cases):
    for index, (steps, inputs, cells, major, clip, hidden_zero, bits) in enumerate(
        [
            (1, 5, 3, False, 0.0, 0, 3),
            (4, 7, 19, False, 10.0, -4, 4),
            (3, 20, 16, True, 10.0, 5, 3),
            (5, 1, 33, False, 0.3, 0, 0),
            (2, 9, 17, False, 1.5, 120, 6),
            (6, 3, 2, True, 0.0, -128, 5),
            (3, 40, 20, False, 3.0, 1, 2),
            (8, 8, 8, False, 10.0, 0, 1),
        ]
    ):
        scale, zero = np.float32(2.0 ** cases.random.uniform(-7, -4)), int(cases.random.integers(-128, 128))
        hidden_scale = np.float32(0.0075 * 2.0 ** cases.random.uniform(-0.1, 0.3))
        shape = [steps, 1, inputs] if major else [1, steps, inputs]
        x = Tensor(shape, scale, zero)
        input_scale = np.float32(1.0 / (scale * 128 * np.sqrt(inputs)) / 40)
        ins = [cases.weights([cells, inputs], input_scale * np.float32(1 + gate / 7)) for gate in range(4)]
        again = [cases.weights([cells, cells], np.float32(0.02 + gate / 300)) for gate in range(4)]
        bias = [
            Tensor([cells], np.float32(scale * w.scale), 0, cases.random.integers(-9000, 9000, cells), TYPE.INT32)
            for w in ins
        ]
        hidden = Tensor([1, cells], hidden_scale, hidden_zero, variable=True)
        cell = Tensor([1, cells], np.float32(2.0 ** (bits - 15)), 0, type=TYPE.INT16, variable=True)
        output = Tensor([*shape[:2], cells], hidden_scale, hidden_zero)
        nothing = [Tensor([0], type=TYPE.FLOAT32) for _ in range(4)]
        operator = Operator(
            BUILTIN.UNIDIRECTIONAL_SEQUENCE_LSTM,
            options(
                "UnidirectionalSequenceLSTMOptions", fusedActivationFunction=4, cellClip=clip, projClip=0.0, timeMajor=major
            ),
            [x, *ins, *again, None, None, None, *bias, None, None, hidden, cell, None, None, None, None],
            [output],
            [*nothing, Tensor([0], hidden_scale, hidden_zero)],
        )
        cases.add(f"UNIDIRECTIONAL_SEQUENCE_LSTM/{index}", model(([x], [output], [operator])))


def svdf(cases):
    # TensorFlow Lite's integer kernel wants a RELU, and leaves it to the zero point.
    zero_out = -128
    for index, (inputs, units, rank, memory, with_bias) in enumerate(
        [(5, 3, 1, 4, True), (20, 17, 1, 8, True), (9, 4, 2, 3, False), (1, 33, 3, 2, True), (16, 9, 1, 1, True), (12, 40, 1, 10, True)]
    ):
        filters = units * rank
        scale, zero = np.float32(2.0 ** cases.random.uniform(-7, -4)), int(cases.random.integers(-128, 128))
        x = Tensor([1, inputs], scale, zero)
        features = cases.weights([filters, inputs])
        state_scale = np.float32(features.scale * scale * 5000 * np.sqrt(inputs) / 12000)
        time_scale = np.float32(2.0 ** cases.random.uniform(-12, -10))
        time = Tensor(
            [filters, memory], time_scale, 0, cases.random.integers(-20000, 20000, [filters, memory]), TYPE.INT16
        )
        bias_scale = np.float32(state_scale * time_scale)
        bias = Tensor([units], bias_scale, 0, cases.random.integers(-2**24, 2**24, units), TYPE.INT32)
        state = Tensor([1, filters * memory], state_scale, 0, type=TYPE.INT16, variable=True)
        out_scale = np.float32(bias_scale * 12000 * 10000 * np.sqrt(memory * rank) / 90)
        output = Tensor([1, units], out_scale, zero_out)
        operator = Operator(
            BUILTIN.SVDF,
            options("SVDFOptions", rank=rank, fusedActivationFunction=1),
            [x, features, time, bias if with_bias else None, state],
            [output],
            version=3,
        )
        cases.add(f"SVDF/{index}", model(([x], [output], [operator])), samples=15)
        if index == 1:
            # As keyword spotters answer: in 16 bits, then in 32.
            scores = Tensor([1, units], np.float32(1 / 65535), -32768, type=TYPE.INT16)
            answer = Tensor([1, units], np.float32(2 / 65535), 0, type=TYPE.INT32)
            output.scale = np.float32(0.02)
            operators = [
                operator,
                Operator(BUILTIN.SOFTMAX, options("SoftmaxOptions", beta=1.0), [output], [scores], version=2),
                Operator(BUILTIN.QUANTIZE, None, [scores], [answer], version=2),
            ]
            cases.add("SVDF/answers", model(([x], [answer], operators)), samples=15)


def variables(cases):
    """A running sum: variable := variable + input, with a first value and with none but zero points."""
    for index, shape in enumerate([[1, 7], [1, 3, 4, 2]]):
        scale, zero = np.float32(0.05), -10
        handle, again = Tensor([1], type=TYPE.RESOURCE), Tensor([1], type=TYPE.RESOURCE)
        x, before, after = [Tensor(shape, scale, zero) for _ in range(3)]
        output = Tensor(shape, np.float32(0.2), zero)
        first = Tensor(shape, scale, zero, cases.bytes(shape))
        var = options("VarHandleOptions", container="", sharedName="total")
        add = options("AddOptions")
        main = [
            Operator(BUILTIN.CALL_ONCE, options("CallOnceOptions", initSubgraphIndex=1), [], []),
            Operator(BUILTIN.VAR_HANDLE, var, [], [handle]),
            Operator(BUILTIN.READ_VARIABLE, None, [handle], [before]),
            Operator(BUILTIN.ADD, add, [before, x], [after]),
            Operator(BUILTIN.ASSIGN_VARIABLE, None, [handle, after], []),
            Operator(BUILTIN.ADD, add, [before, after], [output]),
        ]
        initial = [
            Operator(BUILTIN.VAR_HANDLE, var, [], [again]),
            Operator(BUILTIN.ASSIGN_VARIABLE, None, [again, first], []),
        ]
        cases.add(f"READ_VARIABLE/{index}", model(([x], [output], main), ([], [], initial)))
        if index == 0:
            cases.add("READ_VARIABLE/several", model(([x], [after, output], main), ([], [], initial)))


def main():
    cases = Cases(int(sys.argv[1]) if len(sys.argv) > 1 else 2019)
    for family in [lstm, svdf, variables]:
        family(cases)
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../tests/states")
    for name, case in [
        ("lstm", "UNIDIRECTIONAL_SEQUENCE_LSTM/1"),
        ("svdf", "SVDF/answers"),
        ("totals", "READ_VARIABLE/several"),
    ]:
        written, inputs, outputs = cases.files[case]
        for kind, contents in [("tflite", written), ("input", inputs.tobytes()), ("output", outputs.tobytes())]:
            with open(os.path.join(folder, f"{name}.{kind}"), "wb") as file:
                file.write(contents)
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "cases.npz")
    np.savez_compressed(path, **cases.arrays)
    print(len(cases.arrays) // 3, "cases,", os.path.getsize(path), "bytes")


main()
