import "@fontsource-variable/hanken-grotesk/wght.css";
import "@fontsource-variable/jetbrains-mono/wght.css";
import { mount } from "svelte";
import App from "./App.svelte";
import "./lib/tokens.css";
import "./lib/base.css";
import { chooseHost } from "./lib/host";

// WebKitGTK draws dark text on a light ground thinner than the other two web views do.
if (/Linux.*AppleWebKit/.test(navigator.userAgent) && !/Chrome/.test(navigator.userAgent)) document.documentElement.dataset.text = "thin";

const target = document.getElementById("app");
if (target) mount(App, { target, props: { host: chooseHost() } });
