{#- Each of the values that the column lists, separated by |, is a value of the field; an empty list passes. -#}
{% test listed_values_exist(model, column_name, to, field) %}

with lists as (

    select distinct {{ column_name }} as listed
    from {{ model }}
    where {{ column_name }} is not null
)

select lists.listed
from lists
left join {{ to }} as known
    on position('|' || known.{{ field }} || '|' in '|' || lists.listed || '|') > 0
group by lists.listed
having count(distinct known.{{ field }}) <> length(lists.listed) - length(replace(lists.listed, '|', '')) + 1

{% endtest %}
