"""
What the structures, estimators and losses need of AllenNLP: its `Registrable` and its
`ConfigurationError`, or, where it is not installed, classes that do the same for Python code.

Without AllenNLP there are no configuration files, so that the registry here only looks up names.
An AllenNLP that is installed but cannot be imported is an error, not a reason to do without it.
"""

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Type

HAS_ALLENNLP = find_spec("allennlp") is not None

if TYPE_CHECKING or HAS_ALLENNLP:
    from allennlp.common import Registrable
    from allennlp.common.checks import ConfigurationError
    from overrides import overrides
else:

    class ConfigurationError(Exception):
        """An option that has no meaning."""

    class Registrable:
        """A class whose subclasses are known by name."""

        _registry: Dict[Type, Dict[str, Type]] = {}

        @classmethod
        def register(cls, name: str) -> Callable[[Type], Type]:
            """A decorator that makes a subclass known as `name`."""

            def add(subclass: Type) -> Type:
                Registrable._registry.setdefault(cls, {})[name] = subclass
                return subclass

            return add

        @classmethod
        def by_name(cls, name: str) -> Type:
            """The subclass, or a `ConfigurationError` that names the choices."""
            if name not in cls.list_available():
                raise ConfigurationError(
                    f"{name} is not a registered {cls.__name__}. Choose among "
                    f"{', '.join(cls.list_available())}."
                )
            return Registrable._registry[cls][name]

        @classmethod
        def list_available(cls) -> List[str]:
            """The names of all subclasses."""
            return list(Registrable._registry.get(cls, {}))

    def overrides(method: Any) -> Any:
        """A mark for readers; the package of this name also checks it."""
        return method


__all__ = ["HAS_ALLENNLP", "ConfigurationError", "Registrable", "overrides"]
