"""Arrays have the shapes that signatures declare: in every test, see `checked_shapes`."""

import ast
from collections.abc import Iterator
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
from checked_shapes import ROOMS, checked, declared
from jaxtyping import AbstractArray, Float, Shaped, TypeCheckError

import nnuniverse
from nnuniverse.losses.boundary import boundary_loss
from nnuniverse.physics.gravity.onsager import contraction
from nnuniverse.physics.mechanics.virial import stationary_free_energy
from nnuniverse.thermodynamics import Spectrum, truncation_error

SHAPED = {
    "Bool",
    "Complex",
    "Float",
    "Inexact",
    "Int",
    "Integer",
    "Num",
    "Real",
    "Shaped",
    "UInt32",
}
ARRAYS = {"Array", "ArrayLike", "NDArray", "ndarray"}


def test_targets_of_another_width_than_the_outputs_are_refused():
    with pytest.raises(TypeCheckError, match="targets"):
        boundary_loss(jnp.zeros((3, 2)), jnp.zeros((3, 4)))


def test_whole_numbers_are_refused_for_real_ones():
    with pytest.raises(TypeCheckError, match="outputs"):
        boundary_loss(jnp.zeros((3, 2), int), jnp.zeros((3, 2)))


def test_arrays_of_numpy_are_checked_alike():
    with pytest.raises(TypeCheckError, match="constants"):
        stationary_free_energy(np.ones((4, 3)), 1.0, np.ones(2), 0.0)


@pytest.mark.parametrize("xp", [np, jnp])
def test_where_either_kind_is_taken_both_are_checked(xp):
    with pytest.raises(TypeCheckError, match="slopes"):
        contraction(xp.zeros((2,) * 6), xp.zeros((3,) * 3))
    with pytest.raises(TypeCheckError, match="kept"):
        truncation_error(Spectrum(xp.zeros(2), units=1), xp.zeros(2))


def test_right_shapes_are_let_pass():
    assert boundary_loss(np.zeros((3, 2)), np.zeros((3, 2))).shape == (3,)
    assert "nnuniverse.losses.boundary.boundary_loss" in checked


@declared
def first(values: Float[np.ndarray, " n"], count: int = 1) -> Float[np.ndarray, " n"]:
    return values[:count]


@declared
def zeros(count: int) -> Float[np.ndarray, " {count}"]:
    return np.zeros(3)


@declared
def both(pair: dict[str, Float[np.ndarray, " n"]]) -> None:
    pass


class Net:
    @declared
    def product(
        self, weights: Float[np.ndarray, "n n"], *, states: Float[np.ndarray, " n"]
    ) -> Float[np.ndarray, " n"]:
        return weights @ states


def test_results_are_looked_at_though_the_arguments_were_right_before():
    for _ in range(2):
        assert first(np.ones(2), 2).shape == (2,)
    with pytest.raises(TypeCheckError, match="return"):
        first(np.ones(2), 1)
    assert first(np.ones(1), 1).shape == (1,)


def test_arguments_are_looked_at_though_others_were_right_before():
    net = Net()
    for _ in range(2):
        assert net.product(np.eye(2), states=np.ones(2)).shape == (2,)
    for states in (np.ones(3), np.ones(2, int), [1.0, 1.0]):
        with pytest.raises(TypeCheckError, match="states"):
            net.product(np.eye(2), states=states)
    both({"a": np.ones(2), "b": np.ones(2)})
    with pytest.raises(TypeCheckError, match="pair"):
        both({"a": np.ones((2, 2))})


def test_what_depends_on_values_is_looked_at_every_time():
    for _ in range(2):
        assert zeros(3).shape == (3,)
        with pytest.raises(TypeCheckError, match="return"):
            zeros(2)


def test_every_public_function_of_arrays_declares_their_shapes():
    package = Path(nnuniverse.__file__).parent
    files = [package / f"{room}.py" for room in ROOMS if (package / f"{room}.py").exists()]
    files += [file for room in ROOMS for file in sorted((package / room).rglob("*.py"))]
    found = {
        (file.relative_to(package).as_posix(), name): list(_annotations(function))
        for file in files
        for name, function in _public_functions(ast.parse(file.read_text()).body)
    }
    kinds = {
        of: {k for one in annotations for k in _arrays(one)} for of, annotations in found.items()
    }
    assert {room for room in ROOMS if not any(of[0].startswith(room) for of in kinds)} == set()
    assert len([of for of, kind in kinds.items() if kind == {True}]) > 600
    assert [":".join(of) for of, kind in kinds.items() if False in kind] == []


def _public_functions(body: list[ast.stmt]) -> Iterator[tuple[str, ast.FunctionDef]]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            if isinstance(node, ast.FunctionDef):
                yield node.name, node
            else:
                for name, method in _public_functions(node.body):
                    yield f"{node.name}.{name}", method


def _annotations(function: ast.FunctionDef) -> Iterator[ast.expr]:
    arguments = [node for node in ast.walk(function.args) if isinstance(node, ast.arg)]
    yield from (node.annotation for node in arguments if node.annotation is not None)
    if function.returns is not None:
        yield function.returns


def _arrays(annotation: ast.AST) -> Iterator[bool]:
    """Yield of every array in an annotation whether its shape is declared."""
    if isinstance(annotation, ast.Subscript) and _name(annotation.value) in SHAPED:
        yield _is_shape(annotation)
    elif _name(annotation) in ARRAYS:
        yield False
    else:
        for part in ast.iter_child_nodes(annotation):
            yield from _arrays(part)


def _is_shape(annotation: ast.Subscript) -> bool:
    """Return whether it can be evaluated, as it cannot without quotes: then nothing is checked."""
    _, dimensions = annotation.slice.elts
    told = ast.literal_eval(dimensions)
    return isinstance(told, str) and issubclass(Shaped[np.ndarray, told], AbstractArray)


def _name(node: ast.AST) -> str:
    return ast.unparse(node).rpartition(".")[2]
