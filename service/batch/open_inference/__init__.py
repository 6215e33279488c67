"""Open Inference Protocol, version 2: tensors in, tensors out, as clients of KServe, MLServer and Triton use.

Specification: https://github.com/kserve/open-inference-protocol (specification/protocol/inference_rest.md).
Binary data is Triton's extension `binary_tensor_data` (docs/protocol/extension_binary_data.md of its server).
Without HTTP.
"""
