"""The shapes that signatures declare, checked in every test.

What signatures say of anything but arrays is left to mypy, and so is whether an array is JAX's:
NumPy's will do.  Shapes that were found right once are not looked at again: a function that is
called a thousand times with the same ones is checked the first time.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import threading
import types
from collections.abc import Callable, Mapping
from typing import Any, Union, get_args, get_origin, get_type_hints

import jaxtyping
import numpy as np
from beartype import beartype
from jaxtyping import AbstractArray, install_import_hook

ROOMS = (
    "analysis",
    "training",
    "networks",
    "losses",
    "spectra",
    "thermodynamics",
    "observables",
    "nets",
    "physics",
    "intervals",
)

checked: set[str] = set()
"""Functions whose shapes are checked, and that were called in this process."""

Function = Callable[..., Any]

_whole_check = jaxtyping.jaxtyped
"""What checks a call: it binds the arguments anew and takes a hundred microseconds for it."""


def check_shapes() -> None:
    """Have them checked in what is imported from now on."""
    jaxtyping.jaxtyped = lambda **_: declared
    # Python keeps what the hook compiles under this name, which another choice of rooms changes.
    name = f"checked_shapes.{'_'.join(ROOMS)}"
    install_import_hook([f"nnuniverse.{room}" for room in ROOMS], name)


def declared(function: Any) -> Any:
    """Return a function, or what is made of functions, that looks at the shapes it has declared.

    Stands where the import hook writes `jaxtyping.jaxtyped`.
    """
    if inspect.isclass(function):
        if dataclasses.is_dataclass(function) and "__init__" in vars(function):
            function.__init__ = declared(function.__init__)  # type: ignore[misc]
        return function
    if isinstance(function, classmethod | staticmethod):
        return type(function)(declared(function.__func__))
    if isinstance(function, property):
        return property(*map(declared, (function.fget, function.fset, function.fdel)))
    if function is None or not getattr(function, "__annotations__", {}):
        return function
    check = None

    @functools.wraps(function)
    def looked_at(*given: Any, **named: Any) -> Any:
        nonlocal check
        if check is None:  # not when it is defined: hints may name what comes later in the module
            check = _check_of(function)
        return check(*given, **named)

    return looked_at


def _check_of(function: Function) -> Function:
    """Return what a function does with its shapes looked at; itself if it declares none."""
    shapes = {name: of_any_array(h) for name, h in _hints(function).items() if tells_a_shape(h)}
    if not shapes:
        return function
    checked.add(f"{function.__module__}.{function.__qualname__}")
    whole = _checking(function, shapes)
    if any("{" in part for hint in shapes.values() for part in _dimensions(hint)):
        return whole  # it names values, which the next call may have others of

    waiting = threading.local()
    echo = _checking(lambda *_given, **_named: waiting.result, shapes, like=function)
    names = list(inspect.signature(function).parameters)
    # Of what cannot be told by its number all is looked at.
    looks = [name in shapes for name in names]
    variadic = any(
        parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        for parameter in inspect.signature(function).parameters.values()
    )
    returns = "return" in shapes
    right: dict[Any, set[Any]] = {}

    def once(*given: Any, **named: Any) -> Any:
        if variadic:
            key: Any = (_form(given), _form(named))
        else:
            key = tuple(_form(value) for look, value in zip(looks, given, strict=False) if look)
            if named:
                key = (
                    len(given),
                    key,
                    tuple((name, _form(value)) for name, value in named.items() if name in shapes),
                )
        results = right.get(key)
        if results is None:
            result = whole(*given, **named)
            right[key] = {_form(result)} if returns else set()
            return result
        result = function(*given, **named)
        if returns and (form := _form(result)) not in results:
            waiting.result = result
            echo(*given, **named)
            results.add(form)
        return result

    return once


def _checking(function: Function, shapes: Mapping[str, Any], like: Function | None = None) -> Any:
    """Return a function that is checked by jaxtyping and beartype, as to its shapes alone."""
    like = like or function

    def checking(*given: Any, **named: Any) -> Any:
        return function(*given, **named)

    signature = inspect.signature(like)
    parameters = [
        parameter.replace(annotation=shapes.get(name, Any))
        for name, parameter in signature.parameters.items()
    ]
    checking.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=parameters, return_annotation=shapes.get("return", inspect.Signature.empty)
    )
    checking.__name__, checking.__qualname__ = like.__name__, like.__qualname__
    checking.__module__ = like.__module__
    return _whole_check(checking, typechecker=beartype)


def _hints(function: Function) -> dict[str, Any]:
    """Return the hints that can be evaluated: others name what is imported for mypy alone."""
    found = {}
    for name, hint in function.__annotations__.items():
        one = types.SimpleNamespace(__annotations__={name: hint})
        try:
            found |= get_type_hints(one, function.__globals__, include_extras=True)
        except Exception:  # whatever an annotation may raise
            continue
    return found


def _form(value: Any) -> Any:
    """Return all of a value that a declared shape can look at."""
    shape = getattr(value, "shape", None)
    if shape is not None:
        return type(value), shape, getattr(value, "dtype", None)
    if isinstance(value, tuple | list):
        return type(value), tuple(map(_form, value))
    if isinstance(value, Mapping):
        return type(value), tuple((key, _form(part)) for key, part in value.items())
    return type(value)


def is_shape(hint: object) -> bool:
    return isinstance(hint, type) and issubclass(hint, AbstractArray)


def tells_a_shape(hint: object) -> bool:
    return is_shape(hint) or any(tells_a_shape(part) for part in get_args(hint))


def _dimensions(hint: Any) -> list[str]:
    if is_shape(hint):
        return [hint.dim_str]
    return [text for part in get_args(hint) for text in _dimensions(part)]


def of_any_array(hint: Any) -> Any:
    """Return a hint whose shapes may be those of NumPy's arrays, too."""
    if is_shape(hint):
        return hint.dtype[Union[hint.array_type, np.ndarray], hint.dim_str]  # noqa: UP007
    if not get_args(hint):
        return hint
    parts = tuple(of_any_array(part) for part in get_args(hint))
    origin = Union if get_origin(hint) is types.UnionType else get_origin(hint)
    return origin[parts]
