"""The settings of JAX that decide numbers: pinned, whatever the environment or the caller has set.

Importing this loads no JAX, and nothing here changes a global: settings hold for one thread,
while something is computed.
"""

from __future__ import annotations

NUMERICAL_SETTINGS: dict[str, str | bool | int] = {
    "jax_default_prng_impl": "threefry2x32",
    "jax_threefry_partitionable": True,
    "jax_random_seed_offset": 0,
    "jax_enable_x64": False,
    "jax_default_matmul_precision": "float32",
    "jax_numpy_dtype_promotion": "standard",
    "jax_numpy_rank_promotion": "allow",
}
"""What the same config gives the same numbers under, by JAX's names; a part of a run's identity.

Float64 is switched on inside, see `in_float64`.  Products: a GPU would round the factors of
float32 to the ten bits of TF32.
"""
