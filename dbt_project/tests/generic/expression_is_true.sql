{#- The expression holds for every row; a null result passes, as in a check constraint. -#}
{% test expression_is_true(model, expression) %}

select *
from {{ model }}
where not ({{ expression }})

{% endtest %}
