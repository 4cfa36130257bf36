%% Starts one node of RabbitMQ for tests, quickly, and lends virtual hosts to them.

{ok, Login} = file:read_file("../login").
[User, Password] = binary:split(Login, <<"\n">>).

%% RabbitMQ looks for boot steps in every module of every application that is loaded, and so loads them all; but only its own have any.
%% The others are therefore made known without their modules. What this leaves out is only found later; a version in which it fails
%% starts as it always does.
catch begin
    Dir = fun(App) -> code:lib_dir(App) ++ "/ebin" end,
    Load = fun Load(App, Known) ->
        case lists:keymember(App, 1, Known) of
            true -> Known;
            false ->
                {ok, [{application, App, Keys}]} = file:consult(Dir(App) ++ "/" ++ atom_to_list(App) ++ ".app"),
                Modules = case atom_to_list(App) of
                    "rabbit" ++ _ -> proplists:get_value(modules, Keys, []);
                    _ -> []
                end,
                application:load({application, App, lists:keystore(modules, 1, Keys, {modules, Modules})}),
                Needed = proplists:get_value(applications, Keys, []),
                lists:foldl(Load, [{App, Modules} | Known], Needed)
        end
    end,
    Known = lists:foldl(Load, [{kernel, []}, {stdlib, []}], [rabbit, mnesia, os_mon]),
    %% Each module is looked for in one directory after the other, of which the plugins that are not used have most.
    Plugins = os:getenv("ERL_LIBS"),
    Used = [Dir(App) || {App, _} <- Known],
    Path = [Place || Place <- code:get_path(), lists:member(Place, Used) orelse not lists:prefix(Plugins, Place)],
    Often = [Dir(App) || App <- [rabbit, rabbit_common, stdlib, kernel, mnesia, compiler, ssl, inets, ra]],
    true = code:set_path(Often ++ (Path -- Often)),
    %% Together they are loaded by all processors.
    code:ensure_modules_loaded(lists:append([Modules || {_, Modules} <- Known]))
end.

First = case os:getenv("FIRST_NODE") of
    false -> node();
    Name -> list_to_atom(Name)
end.

[application:set_env(rabbit, Key, Value, [{persistent, true}]) || {Key, Value} <- [
    {default_user, User},
    {default_pass, Password},
    {loopback_users, []},
    {cluster_nodes, {[First || First =/= node()], disc}}
]].

%% A node that joins a cluster gives up soon if the first one does not answer yet. One that has joined does not need it.
case First =:= node() orelse filelib:is_dir(os:getenv("RABBITMQ_MNESIA_DIR")) of
    true -> ok;
    false ->
        Wait = fun Wait() ->
            case rpc:call(First, rabbit, is_running, []) of
                true -> ok;
                _ -> timer:sleep(20), Wait()
            end
        end,
        Wait()
end.

%% What every virtual host starts with.
Import = fun(Name) ->
    [begin
        {ok, Text} = file:read_file(File),
        {ok, Definitions} = rabbit_definitions:decode(Text),
        ok = rabbit_definitions:apply_defs(Definitions, User, Name)
    end || File <- lists:sort(filelib:wildcard("../definitions/*.json"))]
end.

%% Who connects to this socket is lent a virtual host: a line with its name is sent, and when the connection is closed, it is deleted.
file:delete("lender").
Add = fun(Number) ->
    Name = iolist_to_binary(["test", integer_to_list(Number)]),
    ok = rabbit_vhost:add(Name, User),
    ok = rabbit_auth_backend_internal:set_permissions(User, Name, <<".*">>, <<".*">>, <<".*">>, User),
    Import(Name),
    Name
end.
%% Some are added ahead, as soon as somebody has asked for the first.
Pool = fun Pool(Number, Ahead) ->
    Timeout = if Number > 1, length(Ahead) < 4 -> 0; true -> infinity end,
    receive
        {take, From} when Ahead =:= [] -> From ! {taken, Add(Number)}, Pool(Number + 1, []);
        {take, From} -> From ! {taken, hd(Ahead)}, Pool(Number, tl(Ahead))
    after Timeout ->
        Pool(Number + 1, Ahead ++ [Add(Number)])
    end
end.
Lend = fun(Connection, From) ->
    %% If nothing can be added any more, whoever waits is told by the end of the connection.
    link(From),
    From ! {take, self()},
    receive {taken, Name} -> ok end,
    gen_tcp:send(Connection, [Name, "\n"]),
    gen_tcp:recv(Connection, 0),
    rabbit_vhost:delete(Name, User)
end.
Accept = fun Accept(Socket, From) ->
    {ok, Connection} = gen_tcp:accept(Socket),
    Lender = spawn(fun() -> receive go -> Lend(Connection, From) end end),
    gen_tcp:controlling_process(Connection, Lender),
    Lender ! go,
    Accept(Socket, From)
end.
spawn(fun() ->
    {ok, Socket} = gen_tcp:listen(0, [{ifaddr, {local, "lender"}}, {active, false}, binary]),
    ok = rabbit_boot_state:wait_for(ready, infinity),
    Accept(Socket, spawn(fun() -> Pool(1, []) end))
end).

rabbit:boot().

%% A dedicated broker has this one.
case First =:= node() andalso catch Import(<<"/">>) of
    {'EXIT', Reason} -> io:format("cannot import the definitions: ~p~n", [Reason]), halt(1);
    _ -> file:write_file("imported", "imported\n")
end.

%% It would start an Erlang every minute, to see whether epmd is still there.
catch supervisor:terminate_child(rabbit_sup, rabbit_epmd_monitor_sup).
ok.
