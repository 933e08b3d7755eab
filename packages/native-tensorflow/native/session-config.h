// Included ahead of tfjs-node's sources. tfjs-node opens every session as TensorFlow does by default; here a SavedModel's
// folder may say otherwise, by a serialized tensorflow.ConfigProto in a file named session_config.pb.
#pragma once

#include <stdlib.h>

#include <fstream>
#include <iterator>
#include <string>

#include "tensorflow/c/c_api.h"

namespace nfnets {

// Else all sessions would share the threads of the first one. Read when TensorFlow makes its first device.
__attribute__((constructor)) static void GiveSessionsTheirOwnThreads() {
  setenv("TF_OVERRIDE_GLOBAL_THREADPOOL", "1", /*overwrite=*/0);
}

static inline TF_Session* LoadSession(TF_SessionOptions* options, const TF_Buffer* run_options, const char* folder,
                                      const char* const* tags, int num_tags, TF_Graph* graph, TF_Buffer* meta_graph,
                                      TF_Status* status) {
  std::ifstream file(std::string(folder) + "/session_config.pb", std::ios::binary);
  if (file) {
    const std::string config{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    TF_SetConfig(options, config.data(), config.size(), status);
    if (TF_GetCode(status) != TF_OK) return nullptr;
  }
  return TF_LoadSessionFromSavedModel(options, run_options, folder, tags, num_tags, graph, meta_graph, status);
}

}  // namespace nfnets

#define TF_LoadSessionFromSavedModel nfnets::LoadSession
