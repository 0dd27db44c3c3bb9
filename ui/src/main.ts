import "@fontsource-variable/hanken-grotesk/wght.css";
import "@fontsource-variable/jetbrains-mono/wght.css";
import { mount } from "svelte";
import App from "./App.svelte";
import "./lib/tokens.css";
import "./lib/base.css";
import { chooseHost } from "./lib/host";

const target = document.getElementById("app");
if (target) mount(App, { target, props: { host: chooseHost() } });
