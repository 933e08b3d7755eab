// The op NFNetsElementwise: a chain of elementwise ops in one pass over its tensors, computed in float32, read and written as float32
// or bfloat16, with sums over what it computes. What it does is said by its attribute `program`, lines of text:
//
//   space IMAGES POSITIONS CHANNELS   what is computed over: tensors of as many elements, channels last
//   input full | scalar | channel | image | image_channel   one a tensor that is given: how it spreads over the space
//   FUNCTION A [B]                    a register, from inputs (i0, i1, ...) and earlier registers (r0, r1, ...)
//   output R DIMENSION...             the next output: a register
//   sum all | channel | image_channel R FACTOR DIMENSION...   the next output: the sum of a register over the rest, times FACTOR
#include <math.h>
#include <stdint.h>
#include <string.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "tensorflow/c/kernels.h"
#include "tensorflow/c/ops.h"

#include "share-work.h"

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace nfnets {
namespace {

enum class Function {
  Identity, Neg, Abs, Square, Sqrt, Rsqrt, Exp, Sigmoid, Tanh, Relu, Sign,
  Add, Sub, Mul, RealDiv, Maximum, Minimum,
  // Made of a product and a sum.
  MulAdd,
};
const char* const kFunctionNames[] = {
  "Identity", "Neg", "Abs", "Square", "Sqrt", "Rsqrt", "Exp", "Sigmoid", "Tanh", "Relu", "Sign",
  "Add", "Sub", "Mul", "RealDiv", "Maximum", "Minimum",
};

enum class Spread { kFull, kScalar, kChannel, kImage, kImageChannel };
enum class Kind { kFull, kAll, kChannel, kImageChannel };

struct Instruction {
  Function function;
  // Values are inputs first, then registers.
  size_t a, b, c;
  // Where in a thread's memory its result goes, in blocks.
  size_t slot = 0;
  bool is_skipped = false;
};

struct Output {
  Kind kind;
  size_t value;
  float factor;
  std::vector<int64_t> shape;
};

struct Program {
  size_t images = 0, positions = 0, channels = 0;
  std::vector<Spread> inputs;
  std::vector<Instruction> instructions;
  std::vector<Output> outputs;
  std::vector<TF_DataType> output_types;
  // Blocks of memory that the inputs and results of a task need.
  size_t slots = 0;
  int threads = 1;

  // Whether a value is one number for a whole task.
  bool is_one(size_t value) const {
    return value < inputs.size() && (inputs[value] == Spread::kScalar || inputs[value] == Spread::kImage);
  }

  size_t values() const { return inputs.size() + instructions.size(); }
};

// So many floats of each value are in work at a time: those of a program stay in the first cache, or nearly.
constexpr size_t kBlock = 1024;
// Elements of a task: so many that handing it over costs little.
constexpr size_t kTask = 1 << 15;

// A tensor of a call; bfloat16 where `half` is set.
struct Data {
  const float* full = nullptr;
  const uint16_t* half = nullptr;
};

struct Call {
  std::vector<Data> inputs;
  std::vector<void*> outputs;
  // For every output that is a sum: the sums of each task, one after the other.
  std::vector<std::vector<float>> partial;
  size_t tasks_per_image = 1;
};

#include "block-loops.h"

NFNETS_INLINE void LoadBlock(const Data& data, size_t offset, float* to, size_t n) {
  if (data.half != nullptr) LoadBfloat16(data.half + offset, to, n);
  else memcpy(to, data.full + offset, n * sizeof(float));
}

// Computes the rows of task `task`: a part of the positions of one image.
NFNETS_INLINE void TaskBody(const Program& program, Call& call, int task) {
  const size_t channels = program.channels, positions = program.positions;
  const size_t image = task / call.tasks_per_image, part = task % call.tasks_per_image;
  const size_t first = positions * part / call.tasks_per_image, last = positions * (part + 1) / call.tasks_per_image;
  const size_t width = std::min(channels, kBlock);
  const size_t height = std::max<size_t>(1, kBlock / width);
  const size_t block = width * height;
  static thread_local std::vector<float> memory;
  static thread_local std::vector<const float*> at;
  if (memory.size() < program.slots * block) memory.resize(program.slots * block);
  if (at.size() < program.values()) at.resize(program.values());
  for (size_t from = 0; from < channels; from += width) {
    const size_t wide = std::min(width, channels - from);
    for (size_t i = 0; i < program.inputs.size(); i++) {
      float* const own = memory.data() + i * block;
      at[i] = own;
      switch (program.inputs[i]) {
        case Spread::kFull: break;
        case Spread::kScalar:
        case Spread::kImage: {
          LoadBlock(call.inputs[i], program.inputs[i] == Spread::kImage ? image : 0, own, 1);
          std::fill(own + 1, own + block, own[0]);
          break;
        }
        case Spread::kChannel:
        case Spread::kImageChannel: {
          const size_t start = program.inputs[i] == Spread::kChannel ? 0 : image * channels;
          LoadBlock(call.inputs[i], start + from, own, wide);
          for (size_t row = 1; row < height; row++) memcpy(own + row * wide, own, wide * sizeof(float));
          break;
        }
      }
    }
    for (size_t row = first; row < last; row += height) {
      const size_t rows = std::min(height, last - row);
      const size_t n = rows * wide;
      const size_t offset = (image * positions + row) * channels + from;
      for (size_t i = 0; i < program.inputs.size(); i++) {
        if (program.inputs[i] != Spread::kFull) continue;
        if (call.inputs[i].half == nullptr) {
          at[i] = call.inputs[i].full + offset;
        } else {
          LoadBfloat16(call.inputs[i].half + offset, memory.data() + i * block, n);
        }
      }
      for (size_t i = 0; i < program.instructions.size(); i++) {
        const Instruction& instruction = program.instructions[i];
        if (instruction.is_skipped) continue;
        const size_t value = program.inputs.size() + i;
        float* const to = memory.data() + instruction.slot * block;
        at[value] = to;
        const size_t a = instruction.a, b = instruction.b, c = instruction.c;
        if (instruction.function == Function::MulAdd) {
          MulAdd(at[a], program.is_one(a), at[b], program.is_one(b), at[c], program.is_one(c), to, n);
        } else {
          Apply(instruction.function, at[a], program.is_one(a), at[b], program.is_one(b), to, n);
        }
      }
      // Sums first: an output may lie where an input is.
      for (size_t i = 0; i < program.outputs.size(); i++) {
        const Output& output = program.outputs[i];
        if (output.kind == Kind::kAll) {
          call.partial[i][task] += Total(at[output.value], n);
        } else if (output.kind != Kind::kFull) {
          AddRows(at[output.value], call.partial[i].data() + task * channels + from, rows, wide);
        }
      }
      for (size_t i = 0; i < program.outputs.size(); i++) {
        const Output& output = program.outputs[i];
        if (output.kind != Kind::kFull) continue;
        if (program.output_types[i] == TF_BFLOAT16) {
          StoreBfloat16(at[output.value], static_cast<uint16_t*>(call.outputs[i]) + offset, n);
        } else {
          memcpy(static_cast<float*>(call.outputs[i]) + offset, at[output.value], n * sizeof(float));
        }
      }
    }
  }
}

#if defined(__x86_64__)
__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))) void TaskByAvx512(
    const Program& program, Call& call, int task) {
  TaskBody(program, call, task);
}
__attribute__((target("avx2,fma"))) void TaskByAvx2(const Program& program, Call& call, int task) {
  TaskBody(program, call, task);
}
#endif
void TaskByDefault(const Program& program, Call& call, int task) {
  TaskBody(program, call, task);
}

void (*ChooseTask())(const Program&, Call&, int) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
    return TaskByAvx512;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return TaskByAvx2;
#endif
  return TaskByDefault;
}

void RunTask(const Program& program, Call& call, int task) {
  static void (*const run)(const Program&, Call&, int) = ChooseTask();
#if defined(__x86_64__)
  // Denormal numbers are 0, as in TensorFlow's own threads.
  const unsigned before = _mm_getcsr();
  _mm_setcsr(before | 0x8040);
#endif
  run(program, call, task);
#if defined(__x86_64__)
  _mm_setcsr(before);
#endif
}

// Adds up what the tasks have of each sum, in their order: the same bits at every run, however many threads there are.
void FinishSums(const Program& program, Call& call) {
  const size_t channels = program.channels, per_image = call.tasks_per_image;
  for (size_t i = 0; i < program.outputs.size(); i++) {
    const Output& output = program.outputs[i];
    if (output.kind == Kind::kFull) continue;
    const bool by_image = output.kind == Kind::kImageChannel;
    const size_t width = output.kind == Kind::kAll ? 1 : channels;
    const size_t results = by_image ? program.images : 1;
    const size_t each = by_image ? per_image : per_image * program.images;
    std::vector<float> sums(width);
    for (size_t result = 0; result < results; result++) {
      std::fill(sums.begin(), sums.end(), 0.f);
      for (size_t task = result * each; task < (result + 1) * each; task++) {
        for (size_t c = 0; c < width; c++) sums[c] += call.partial[i][task * width + c];
      }
      for (size_t c = 0; c < width; c++) sums[c] *= output.factor;
      if (program.output_types[i] == TF_BFLOAT16) {
        StoreBfloat16(sums.data(), static_cast<uint16_t*>(call.outputs[i]) + result * width, width);
      } else {
        memcpy(static_cast<float*>(call.outputs[i]) + result * width, sums.data(), width * sizeof(float));
      }
    }
  }
}

// Makes one instruction of a sum and the product that it alone reads; the product's place in the list stays, as one that is not run.
void JoinProducts(Program* program) {
  const size_t inputs = program->inputs.size();
  std::vector<size_t> reads(program->values(), 0);
  for (const Instruction& instruction : program->instructions) {
    reads[instruction.a]++;
    if (instruction.b != instruction.a) reads[instruction.b]++;
  }
  for (const Output& output : program->outputs) reads[output.value]++;
  for (Instruction& instruction : program->instructions) {
    if (instruction.function != Function::Add || instruction.a == instruction.b) continue;
    for (const bool is_first : {true, false}) {
      const size_t product = is_first ? instruction.a : instruction.b;
      const size_t other = is_first ? instruction.b : instruction.a;
      if (product < inputs || reads[product] != 1) continue;
      Instruction& made = program->instructions[product - inputs];
      if (made.function != Function::Mul || made.is_skipped) continue;
      instruction = {Function::MulAdd, made.a, made.b, other};
      made.is_skipped = true;
      break;
    }
  }
}

// Gives every result a block of memory that no value has which is still read.
void AssignSlots(Program* program) {
  const size_t inputs = program->inputs.size();
  std::vector<size_t> last_read(program->values(), 0);
  for (size_t i = 0; i < program->instructions.size(); i++) {
    const Instruction& instruction = program->instructions[i];
    if (instruction.is_skipped) continue;
    last_read[instruction.a] = last_read[instruction.b] = last_read[instruction.c] = i;
  }
  for (const Output& output : program->outputs) last_read[output.value] = program->instructions.size();
  std::vector<size_t> free;
  program->slots = inputs;
  for (size_t i = 0; i < program->instructions.size(); i++) {
    Instruction& instruction = program->instructions[i];
    if (instruction.is_skipped) continue;
    // Before what this one reads is given back: loops are told that they write elsewhere.
    if (free.empty()) free.push_back(program->slots++);
    instruction.slot = free.back();
    free.pop_back();
    for (const size_t value : {instruction.a, instruction.b, instruction.c}) {
      if (value < inputs || last_read[value] != i) continue;
      const size_t slot = program->instructions[value - inputs].slot;
      if (std::find(free.begin(), free.end(), slot) == free.end()) free.push_back(slot);
    }
    if (last_read[inputs + i] == 0) last_read[inputs + i] = i;
  }
}

// False for a program that it does not know; throws for a name of a value that is none.
bool Parse(const std::string& text, Program* program) {
  std::istringstream lines(text);
  std::string line;
  const auto value_of = [&](const std::string& name) -> size_t {
    const size_t index = std::stoul(name.substr(1));
    return name[0] == 'i' ? index : program->inputs.size() + index;
  };
  while (std::getline(lines, line)) {
    std::istringstream words(line);
    std::string first, second;
    words >> first;
    if (first == "space") {
      words >> program->images >> program->positions >> program->channels;
    } else if (first == "input") {
      words >> second;
      program->inputs.push_back(second == "full"      ? Spread::kFull
                                : second == "scalar"  ? Spread::kScalar
                                : second == "channel" ? Spread::kChannel
                                : second == "image"   ? Spread::kImage
                                                      : Spread::kImageChannel);
    } else if (first == "output" || first == "sum") {
      Output output{Kind::kFull, 0, 1.f, {}};
      if (first == "sum") {
        words >> second;
        output.kind = second == "all" ? Kind::kAll : second == "channel" ? Kind::kChannel : Kind::kImageChannel;
      }
      words >> second;
      output.value = value_of(second);
      if (first == "sum") words >> output.factor;
      for (int64_t size; words >> size;) output.shape.push_back(size);
      program->outputs.push_back(output);
    } else {
      const auto name = std::find(std::begin(kFunctionNames), std::end(kFunctionNames), first);
      if (name == std::end(kFunctionNames)) return false;
      const auto function = static_cast<Function>(name - std::begin(kFunctionNames));
      std::string a, b;
      words >> a >> b;
      const size_t first = value_of(a), second = value_of(b.empty() ? a : b);
      program->instructions.push_back({function, first, second, second});
    }
  }
  JoinProducts(program);
  AssignSlots(program);
  return true;
}

void Fail(TF_OpKernelConstruction* context, TF_Status* status) {
  TF_OpKernelConstruction_Failure(context, status);
  TF_DeleteStatus(status);
}

void* Create(TF_OpKernelConstruction* context) {
  TF_Status* const status = TF_NewStatus();
  int32_t list_size = 0, length = 0;
  std::string text;
  auto program = std::make_unique<Program>();
  int64_t threads = 1;
  TF_OpKernelConstruction_GetAttrSize(context, "program", &list_size, &length, status);
  if (TF_GetCode(status) == TF_OK) {
    text.resize(length);
    TF_OpKernelConstruction_GetAttrString(context, "program", &text[0], length, status);
  }
  if (TF_GetCode(status) == TF_OK) {
    TF_OpKernelConstruction_GetAttrInt64(context, "threads", &threads, status);
  }
  bool is_known = false;
  try {
    is_known = Parse(text, program.get());
  } catch (const std::exception&) {
    // TensorFlow is told below: what calls this is C.
  }
  if (TF_GetCode(status) == TF_OK && !is_known) {
    TF_SetStatus(status, TF_INVALID_ARGUMENT, ("NFNetsElementwise does not know this program:\n" + text).c_str());
  }
  if (TF_GetCode(status) == TF_OK) {
    program->output_types.resize(program->outputs.size());
    TF_OpKernelConstruction_GetAttrTypeList(context, "Tout", program->output_types.data(),
                                            static_cast<int>(program->output_types.size()), status);
  }
  if (TF_GetCode(status) != TF_OK) {
    Fail(context, status);
    return nullptr;
  }
  TF_DeleteStatus(status);
  program->threads = static_cast<int>(threads > 0 ? threads : std::max(1u, std::thread::hardware_concurrency()));
  return program.release();
}

// The tensors of a call, which end with it.
struct Tensors {
  std::vector<TF_Tensor*> all;
  TF_Status* const status = TF_NewStatus();

  TF_Tensor* Keep(TF_Tensor* tensor) {
    all.push_back(tensor);
    return tensor;
  }
  ~Tensors() {
    for (TF_Tensor* const tensor : all) TF_DeleteTensor(tensor);
    TF_DeleteStatus(status);
  }
};

void Compute(void* kernel, TF_OpKernelContext* context) {
  const Program& program = *static_cast<const Program*>(kernel);
  Tensors tensors;
  Call call;
  std::vector<int> candidates;
  for (size_t i = 0; i < program.inputs.size(); i++) {
    // One that is a result itself must stay until it is written.
    const bool is_result = std::any_of(program.outputs.begin(), program.outputs.end(),
                                       [i](const Output& output) { return output.value == i; });
    if (program.inputs[i] == Spread::kFull && !is_result) candidates.push_back(static_cast<int>(i));
  }
  const size_t elements = program.images * program.positions * program.channels;
  call.tasks_per_image = std::max<size_t>(
      1, std::min(program.positions, program.positions * program.channels / kTask));
  const size_t tasks = program.images * call.tasks_per_image;
  call.partial.resize(program.outputs.size());
  for (size_t i = 0; i < program.outputs.size(); i++) {
    const Output& output = program.outputs[i];
    const TF_DataType type = program.output_types[i];
    const int rank = static_cast<int>(output.shape.size());
    TF_Tensor* tensor;
    int forwarded = -1;
    if (output.kind == Kind::kFull) {
      // Before the inputs are taken, as only a tensor that nobody else holds is given away.
      tensor = TF_ForwardInputOrAllocateOutput(context, candidates.data(), static_cast<int>(candidates.size()),
                                               static_cast<int>(i), output.shape.data(), rank, &forwarded,
                                               tensors.status);
      candidates.erase(std::remove(candidates.begin(), candidates.end(), forwarded), candidates.end());
    } else {
      const size_t width = output.kind == Kind::kAll ? 1 : program.channels;
      const size_t results = output.kind == Kind::kImageChannel ? program.images : 1;
      call.partial[i].resize(tasks * width);
      tensor = TF_AllocateOutput(context, static_cast<int>(i), type, output.shape.data(), rank,
                                 width * results * TF_DataTypeSize(type), tensors.status);
    }
    if (TF_GetCode(tensors.status) != TF_OK) return TF_OpKernelContext_Failure(context, tensors.status);
    call.outputs.push_back(TF_TensorData(tensors.Keep(tensor)));
  }
  for (size_t i = 0; i < program.inputs.size(); i++) {
    TF_Tensor* tensor = nullptr;
    TF_GetInput(context, static_cast<int>(i), &tensor, tensors.status);
    if (TF_GetCode(tensors.status) != TF_OK) return TF_OpKernelContext_Failure(context, tensors.status);
    tensors.Keep(tensor);
    Data data;
    if (TF_TensorType(tensor) == TF_BFLOAT16) data.half = static_cast<const uint16_t*>(TF_TensorData(tensor));
    else data.full = static_cast<const float*>(TF_TensorData(tensor));
    call.inputs.push_back(data);
  }
  if (elements == 0) return;
  Helpers::Get().Run(static_cast<int>(tasks), program.threads,
                     [&](int task) { RunTask(program, call, task); });
  FinishSums(program, call);
}

void Delete(void* kernel) { delete static_cast<Program*>(kernel); }

__attribute__((constructor)) void Register() {
  TF_Status* const status = TF_NewStatus();
  TF_OpDefinitionBuilder* const op = TF_NewOpDefinitionBuilder("NFNetsElementwise");
  TF_OpDefinitionBuilderAddAttr(op, "Tin: list({float, bfloat16})");
  TF_OpDefinitionBuilderAddAttr(op, "Tout: list({float, bfloat16})");
  TF_OpDefinitionBuilderAddAttr(op, "program: string");
  TF_OpDefinitionBuilderAddAttr(op, "threads: int = 0");
  TF_OpDefinitionBuilderAddInput(op, "inputs: Tin");
  TF_OpDefinitionBuilderAddOutput(op, "outputs: Tout");
  TF_OpDefinitionBuilderSetShapeInferenceFunction(op, &TF_ShapeInferenceContextSetUnknownShape);
  TF_RegisterOpDefinition(op, status);
  if (TF_GetCode(status) == TF_OK) {
    TF_RegisterKernelBuilder("NFNetsElementwise",
                             TF_NewKernelBuilder("NFNetsElementwise", "CPU", &Create, &Compute, &Delete), status);
  }
  TF_DeleteStatus(status);
}

}  // namespace
}  // namespace nfnets
